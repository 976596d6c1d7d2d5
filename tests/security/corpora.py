"""What people who mean ill type into fields: one list for each kind of weakness."""

SQL = (
    "' OR '1'='1",
    "'; DROP TABLE users; --",
    '" OR ""="',
    "1) OR (1=1",
    "' UNION SELECT password_hash FROM users --",
    "x'||(SELECT 1)||'",
    "\\'; SELECT pg_sleep(9); --",
    "%' OR 1=1 --",
    "admin'/*",
    "0x27 OR 1=1",
    "$1",
    ":name",
    "?",
    "%s",
)
SHELL = (
    "; touch /tmp/loom-was-here",
    "$(touch /tmp/loom-was-here)",
    "`id`",
    "| id",
    "&& id",
    "--upload-pack=id",
    "-c core.pager=id",
    "x\n; id",
    "${IFS}id",
)
PATHS = (
    "../../etc/passwd",
    "..\\..\\windows",
    "/etc/passwd",
    "file:///etc/passwd",
    "~root",
    ".git/config",
    "a/../../b",
    ".",
    "//",
)
TEMPLATES = ("{{7*7}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{0.__class__}", "{self}", "%(x)s", "{% debug %}", "{}")
MARKUP = (
    "<script>window.harmed=1</script>",
    "<img src=x onerror=window.harmed=1>",
    '"><svg onload=window.harmed=1>',
    "javascript:window.harmed=1",
    "[x](javascript:window.harmed=1)",
    "<iframe srcdoc='<script>parent.harmed=1</script>'>",
    "';window.harmed=1;//",
    "</title><script>window.harmed=1</script>",
    "<a href='data:text/html,<script>1</script>'>x</a>",
)
CELLS = ("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "\t=1", 'a,b"c\n=1')
LINES = (
    "a\r\nSet-Cookie: x=1",
    "a\nX-Forged: 1",
    "ok\n2026-01-01 00:00:00 [error] forged",
    "\x1b[31mred\x1b[0m",
    "a\x00b",
    "\x7f",
)
UNICODE = (
    "\u202egnp.exe",
    "zero\u200bwidth\u2060joiner\ufeff",
    "😀🏳️\u200d🌈",
    "𝕏𝓎𝔃",
    "e\u0301",
    "İıſ",
    "\ud800",
    "\udfff x",
    "a\ufffeb",
    "\u2028\u2029",
    "ﷺ" * 30,
    "x" * 70_000,
    "\U0010ffff",
)
EVERYTHING = (*SQL, *SHELL, *PATHS, *TEMPLATES, *MARKUP, *CELLS, *LINES, *UNICODE)
