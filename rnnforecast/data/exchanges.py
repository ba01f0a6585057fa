"""Which exchange a symbol trades on: Yahoo's suffixes, exchange codes, indices and time zones."""

from __future__ import annotations

SUFFIXES = {
    "CBT": "us_futures", "CME": "us_futures", "NYB": "us_futures", "CMX": "us_futures",
    "NYM": "us_futures", "BA": "XBUE", "VI": "XWBO", "AX": "XASX", "XA": "XASX", "BR": "XBRU",
    "SA": "BVMF", "CN": "XTSE", "NE": "XTSE", "TO": "XTSE", "V": "XTSE", "SN": "XSGO",
    "SS": "XSHG", "SZ": "XSHG", "CL": "XBOG", "PR": "XPRA", "CO": "XCSE", "CA": "XCAI",
    "TL": "XTAL", "XD": "XAMS", "NX": "XPAR", "HE": "XHEL", "PA": "XPAR", "BE": "XFRA",
    "BM": "XFRA", "DU": "XDUS", "F": "XFRA", "HM": "XHAM", "HA": "XFRA", "MU": "XFRA",
    "SG": "XSTU", "DE": "XETR", "AT": "ASEX", "HK": "XHKG", "BD": "XBUD", "IC": "XICE",
    "BO": "XBOM", "NS": "XBOM", "JK": "XIDX", "IR": "XDUB", "TA": "XTAE", "MI": "XMIL",
    "TI": "XMIL", "T": "XTKS", "S": "XTKS", "KA": "XKAR", "KW": "XKUW", "RG": "XRIS",
    "VS": "XLIT", "KL": "XKLS", "MX": "XMEX", "AS": "XAMS", "NZ": "XNZE", "OL": "XOSL",
    "PS": "XPHS", "WA": "XWAR", "LS": "XLIS", "QA": "DSMD", "RO": "XBSE", "ME": "XMOS",
    "SI": "XSES", "JO": "XJSE", "KS": "XKRX", "KQ": "XKRX", "MC": "XMAD", "SR": "XSAU",
    "SAU": "XSAU", "ST": "XSTO", "SW": "XSWX", "VX": "XSWX", "TWO": "XTAI", "TW": "XTAI",
    "BK": "XBKK", "IS": "XIST", "AE": "XDFM", "AD": "XADS", "AQ": "XLON", "XC": "XLON",
    "L": "XLON", "IL": "XLON", "CR": "XCAR", "VN": "XSTC", "LM": "XLIM", "CM": "XCOL",
}  # fmt: skip
"""Yahoo's symbol suffixes, and the calendars that they trade by.

The German floor exchanges without a calendar of their own keep Frankfurt's, Canada's keep
Toronto's.
"""

_NEW_YORK = (
    "NMS", "NYQ", "NGM", "NCM", "PCX", "ASE", "BTS", "SNP", "DJI", "NIM", "NAS", "NYS", "NAE",
    "PNK", "OQB", "OQX", "OEM", "OBB", "OTC", "YHD", "CBO", "CXI", "WCB", "CGI", "OPR", "BATS",
)  # fmt: skip

EXCHANGES = {
    **dict.fromkeys(_NEW_YORK, "XNYS"), "CCC": "24/7", "CCX": "24/7", "CCY": "24/5",
    **dict.fromkeys(("CME", "CMX", "NYM", "CBT", "NYB", "CBF"), "us_futures"),
    "DFM": "XDFM", "ADX": "XADS", "BUE": "XBUE", "VIE": "XWBO", "ASX": "XASX", "CXA": "XASX",
    "BRU": "XBRU", "SAO": "BVMF", "VAN": "XTSE", "NEO": "XTSE", "TOR": "XTSE", "CNQ": "XTSE",
    "EBS": "XSWX", "VTX": "XSWX", "SGO": "XSGO", "SHH": "XSHG", "SHZ": "XSHG", "BVC": "XBOG",
    "PRA": "XPRA", "HAN": "XFRA", "MUN": "XFRA", "DUS": "XDUS", "BER": "XFRA", "FRA": "XFRA",
    "STU": "XSTU", "GER": "XETR", "EUX": "XEUR", "HAM": "XHAM", "CPH": "XCSE", "TAL": "XTAL",
    "CAI": "XCAI", "MCE": "XMAD", "MAD": "XMAD", "HEL": "XHEL", "PAR": "XPAR", "ENX": "XPAR",
    "CXE": "XLON", "LSE": "XLON", "IOB": "XLON", "AQS": "XLON", "FGI": "XLON", "ATH": "ASEX",
    "HKG": "XHKG", "BUD": "XBUD", "JKT": "XIDX", "ISE": "XDUB", "TLV": "XTAE", "BSE": "XBOM",
    "NSI": "XBOM", "ICE": "XICE", "MDD": "XMIL", "TLO": "XMIL", "MIL": "XMIL", "OSA": "XTKS",
    "SAP": "XTKS", "FKA": "XTKS", "JPX": "XTKS", "KSC": "XKRX", "KOE": "XKRX", "KUW": "XKUW",
    "CSE": "XCOL", "LIT": "XLIT", "RIS": "XRIS", "MEX": "XMEX", "KLS": "XKLS", "AMS": "XAMS",
    "DXE": "XAMS", "OSL": "XOSL", "NZE": "XNZE", "PHS": "XPHS", "PHP": "XPHS", "KAR": "XKAR",
    "WSE": "XWAR", "LIS": "XLIS", "DOH": "DSMD", "BVB": "XBSE", "MCX": "XMOS", "SAU": "XSAU",
    "STO": "XSTO", "SES": "XSES", "SET": "XBKK", "IST": "XIST", "TWO": "XTAI", "TAI": "XTAI",
    "CCS": "XCAR", "VSE": "XSTC", "JNB": "XJSE", "ZRH": "XSWX",
}  # fmt: skip
"""Yahoo's exchange codes, and the calendars that they trade by."""

INDICES = {
    **dict.fromkeys(
        ("^GSPC", "^DJI", "^DJT", "^DJU", "^IXIC", "^NDX", "^RUT", "^RUI", "^RUA", "^NYA", "^XAX",
         "^OEX", "^MID", "^SP400", "^SP600", "^SOX", "^W5000", "^VIX", "^VIX3M", "^VIX9D", "^VVIX",
         "^VXN", "^SKEW", "^TNX", "^TYX", "^FVX", "^IRX"), "XNYS"),
    "DX-Y.NYB": "us_futures",
    **dict.fromkeys(("^FTSE", "^FTMC", "^FTAS", "^FTLC"), "XLON"),
    **dict.fromkeys(("^GDAXI", "^MDAXI", "^SDAXI", "^TECDAX"), "XETR"),
    **dict.fromkeys(("^FCHI", "^SBF120", "^N100", "^STOXX50E", "^STOXX"), "XPAR"),
    "^AEX": "XAMS", "^BFX": "XBRU", "^IBEX": "XMAD", "^SSMI": "XSWX", "^ATX": "XWBO",
    "^PSI20": "XLIS", "^ISEQ": "XDUB", "^OMX": "XSTO", "^OMXS30": "XSTO", "^OMXSPI": "XSTO",
    "^OMXH25": "XHEL", "^OMXC20": "XCSE", "^OMXC25": "XCSE", "^OSEAX": "XOSL", "^OBX": "XOSL",
    "^N225": "XTKS", "^TOPX": "XTKS", "^TPX": "XTKS",
    **dict.fromkeys(("^HSI", "^HSCE", "^HSCEI", "^HSTECH"), "XHKG"),
    **dict.fromkeys(("^KS11", "^KS200", "^KQ11"), "XKRX"), "^TWII": "XTAI", "^STI": "XSES",
    "^JKSE": "XIDX", "^KLSE": "XKLS", "^SSEC": "XSHG", "^SSE50": "XSHG", "^KSE": "XKAR",
    **dict.fromkeys(
        ("^NSEI", "^NSEBANK", "^BSESN", "^CNXIT", "^CNX100", "^CRSLDX", "^INDIAVIX"), "XBOM"),
    "^AXJO": "XASX", "^AORD": "XASX", "^NZ50": "XNZE", "^BVSP": "BVMF", "^IBX50": "BVMF",
    "^MXX": "XMEX", "^MERV": "XBUE", "^IPSA": "XSGO", "^GSPTSE": "XTSE", "^CASE30": "XCAI",
}  # fmt: skip
"""Indices without a suffix, and the calendars of the shares in them."""

ZONES = {
    "America/New_York": "XNYS", "America/Chicago": "us_futures", "America/Toronto": "XTSE",
    "America/Sao_Paulo": "BVMF", "America/Mexico_City": "XMEX", "America/Santiago": "XSGO",
    "America/Argentina/Buenos_Aires": "XBUE", "America/Buenos_Aires": "XBUE",
    "America/Bogota": "XBOG", "America/Lima": "XLIM", "America/Caracas": "XCAR",
    "Europe/London": "XLON", "Europe/Berlin": "XETR", "Europe/Paris": "XPAR",
    "Europe/Amsterdam": "XAMS", "Europe/Brussels": "XBRU", "Europe/Rome": "XMIL",
    "Europe/Madrid": "XMAD", "Europe/Lisbon": "XLIS", "Europe/Zurich": "XSWX",
    "Europe/Vienna": "XWBO", "Europe/Stockholm": "XSTO", "Europe/Helsinki": "XHEL",
    "Europe/Copenhagen": "XCSE", "Europe/Oslo": "XOSL", "Europe/Dublin": "XDUB",
    "Europe/Warsaw": "XWAR", "Europe/Prague": "XPRA", "Europe/Budapest": "XBUD",
    "Europe/Athens": "ASEX", "Europe/Istanbul": "XIST", "Europe/Moscow": "XMOS",
    "Europe/Bucharest": "XBSE", "Europe/Tallinn": "XTAL", "Europe/Riga": "XRIS",
    "Europe/Vilnius": "XLIT", "Atlantic/Reykjavik": "XICE", "Africa/Johannesburg": "XJSE",
    "Africa/Cairo": "XCAI", "Asia/Jerusalem": "XTAE", "Asia/Tel_Aviv": "XTAE",
    "Asia/Riyadh": "XSAU", "Asia/Qatar": "DSMD", "Asia/Kuwait": "XKUW", "Asia/Dubai": "XDFM",
    "Asia/Karachi": "XKAR", "Asia/Kolkata": "XBOM", "Asia/Calcutta": "XBOM",
    "Asia/Colombo": "XCOL", "Asia/Bangkok": "XBKK", "Asia/Ho_Chi_Minh": "XSTC",
    "Asia/Saigon": "XSTC", "Asia/Jakarta": "XIDX", "Asia/Kuala_Lumpur": "XKLS",
    "Asia/Singapore": "XSES", "Asia/Manila": "XPHS", "Asia/Shanghai": "XSHG",
    "Asia/Hong_Kong": "XHKG", "Asia/Taipei": "XTAI", "Asia/Seoul": "XKRX", "Asia/Tokyo": "XTKS",
    "Australia/Sydney": "XASX", "Pacific/Auckland": "XNZE",
}  # fmt: skip
"""The calendar of the main exchange of a time zone, for exchanges that no other table knows."""

CURRENCIES = {
    "USD", "EUR", "JPY", "GBP", "CHF", "AUD", "NZD", "CAD", "SEK", "NOK", "DKK", "PLN", "CZK",
    "HUF", "TRY", "ZAR", "MXN", "BRL", "INR", "CNY", "CNH", "HKD", "SGD", "KRW", "TWD", "THB",
    "ILS", "RUB", "SAR", "AED", "IDR", "PHP", "MYR", "CLP", "COP", "ARS", "RON", "BGN", "EGP",
    "XAU", "XAG", "XPT", "XPD",
}  # fmt: skip

SETTLES = {
    **dict.fromkeys(("^VIX", "^VIX3M", "^VIX9D", "^VVIX", "^VXN", "^SKEW"), "16:15"),
    **dict.fromkeys(("^TNX", "^TYX", "^FVX", "^IRX"), "15:00"),
}  # fmt: skip
"""Indices whose daily value is settled at a time of its own, in the time of their exchange."""
