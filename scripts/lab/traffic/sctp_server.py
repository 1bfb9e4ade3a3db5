def serve_sctp(address, ports):
    pass
