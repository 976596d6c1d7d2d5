"""The actions, one model each. Names and fields are the wire format; other names models use are taken too."""
