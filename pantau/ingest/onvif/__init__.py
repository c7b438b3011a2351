"""ONVIF, as far as a stream needs it: which profiles a camera offers, which one is enough, and where its stream is.

    soap      one question to a camera, signed, and its answer, which nobody trusts
    device    GetSystemDateAndTime, GetServices, GetProfiles, GetStreamUri
    choice    the cheapest profile that is enough for what a camera measures
    stream    the three together: an ``onvif://`` address to an ``rtsp://`` one, anew at each connection
    discovery who answers on the local network (WS-Discovery)

Sources: ONVIF Core, Media (ver10) and Media2 (ver20) service specifications; WS-Security UsernameToken Profile 1.0;
WS-Discovery 1.0 (April 2005). Why this is our own: docs/adr/0020-onvif-in-six-questions.md.
"""
