/** Word from the kernel that links of the own network namespace have changed: RTMGRP_LINK of rtnetlink(7). */
import koffi from "koffi";
import { checkErrno, EAGAIN } from "./kernel-error.ts";
import { getLibc } from "./libbpf.ts";
import { AF_NETLINK, openNetlink } from "./netlink.ts";

const RTMGRP_LINK = 1;
const MSG_DONTWAIT = 0x40;
/** More than the socket holds unless somebody makes links all the time. */
const TAKEN_AT_MOST = 1000;

/** struct sockaddr_nl: family, padding, port (the kernel's choice), groups. */
const ADDRESS = Buffer.alloc(12);
ADDRESS.writeUInt16LE(AF_NETLINK, 0);
ADDRESS.writeUInt32LE(RTMGRP_LINK, 8);

/** That there is one is all that matters: the kernel drops what does not fit. */
const notice = Buffer.alloc(1);

/** As long as it is open its namespace stays, with all devices. */
export class LinkNotices {
	readonly #fd = openNetlink();

	constructor() {
		try {
			checkErrno(getLibc().bind(this.#fd, ADDRESS, ADDRESS.length), "listen to rtnetlink");
		} catch (error) {
			this.close();
			throw error;
		}
	}

	/** Whether any came since the last time, or was lost. */
	take(): boolean {
		for (let taken = 0; taken < TAKEN_AT_MOST; taken++) {
			const size: number = getLibc().recv(this.#fd, notice, notice.length, MSG_DONTWAIT);
			// Whatever else it says, as ENOBUFS when more came than it could hold, is no reason to believe that nothing changed.
			if (size < 0 && koffi.errno() === EAGAIN) return taken > 0;
		}
		return true;
	}

	close(): void {
		getLibc().close(this.#fd);
	}
}
