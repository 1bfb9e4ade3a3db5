import { inSection } from "./family.ts";

export const SYSTEM = inSection("System", [
	{
		name: "system_cpu_utilization",
		type: "gauge",
		labels: [],
		aliases: { loxilb: "loxilb_system_cpu_utilization_percent" },
		help: "Percent of the time of all CPUs that was busy between the last two polls; waiting for I/O is idle.",
		samples: ({ system }, emit) => emit(system.cpuPercent),
	},
	{
		name: "system_memory_utilization",
		type: "gauge",
		labels: [],
		aliases: { loxilb: "loxilb_system_memory_utilization_percent" },
		help: "Percent of memory that is not available: (MemTotal - MemAvailable) / MemTotal.",
		samples: ({ system }, emit) => emit(system.memoryPercent),
	},
	{
		name: "system_disk_utilization",
		type: "gauge",
		labels: [],
		aliases: { loxilb: "loxilb_system_disk_utilization_percent" },
		help: "Percent of the root filesystem in use, as df computes it.",
		samples: ({ system }, emit) => emit(system.diskPercent),
	},
]);
