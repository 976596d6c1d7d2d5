"""Passwords that are tried first by whoever guesses. Only those long enough to pass the rule on length."""

_LISTED = """
00000000 000000000 0000000000 01234567 012345678 0123456789 0987654321 11111111 111111111 1111111111 1122334455
11223344 12121212 12312312 123123123 12341234 123454321 12345678 123456789 1234567890 12345678910 1234567891
123456789a 123456780 1234qwer 123qweasd 123qweasdzxc 12qwaszx 13579246 147258369 159357159 1a2b3c4d 1q2w3e4r
1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 22222222 31415926 44444444 55555555 66666666 69696969
77777777 87654321 88888888 987654321 9876543210 99999999 999999999 a1b2c3d4 a1234567 aa123456 aa12345678 aaaaaaaa
abc12345 abc123456 abcd1234 abcdefgh abcdefghi access14 adminadmin admin123 admin1234 admin12345 administrator
alexander asdasdasd asdf1234 asdfasdf asdfghjk asdfghjkl azertyuiop babygirl baseball basketball benjamin blink182
butterfly caroline changeme changeme1 changeme123 charlie1 chocolate christian computer corvette creative danielle
december default1 dolphins dragon123 einstein elephant elizabeth enterprise fernando firebird football football1
fuckyou1 garfield godzilla guest1234 hardcore hello123 hellohello iloveyou iloveyou1 iloveyou2 internet isabella
jennifer jonathan jordan23 justin123 kimberly lakers24 lasvegas letmein1 letmein123 liverpool liverpool1 lovelove
macintosh marlboro maverick mercedes metallica michelle microsoft midnight mitchell monkey123 morpheus mountain
mustang1 mypassword nicholas november p4ssw0rd pa55word pa$$word p@ssw0rd p@ssword p@55w0rd passport passw0rd
passw0rd1 password password! password0 password01 password1 password1! password11 password12 password123
password1234 password12345 password123! password2 passwordpassword patricia platinum pokemon1 porsche911 princess
princess1 q1w2e3r4 q1w2e3r4t5 qazwsxedc qqqqqqqq qwer1234 qwerasdf qwerqwer qwert123 qwerty12 qwerty123 qwerty1234
qwerty12345 qwertyui qwertyuiop qwe123qwe rainbow1 redskins root1234 rootroot samantha samsung1 scorpion secret123
september service1 serenity shadow123 slipknot snowball spiderman starwars steelers stephanie steven123 strawberry
sunflower sunshine sunshine1 superman superman1 swordfish system123 temp1234 test1234 test12345 testtest tinkerbell
trustno1 undertaker valentina valentine veronica victoria virginia welcome1 welcome12 welcome123 welcome2 whatever
william1 windows10 wordpass xxxxxxxx yankees1 yellow123 zaq12wsx zaq1zaq1 zxcvbnm1 zxcvbnm123 zxcvbnmm
"""

COMMON_PASSWORDS = frozenset(_LISTED.split())
