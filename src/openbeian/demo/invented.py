"""Numbers of mini programs, units and people that do not exist, as many as are wanted. Check digits are valid."""

from stdnum.cn import ric, uscc


def appid_of(number: int) -> str:
    """The appid of the ``number``-th mini program."""
    return f"wx{number:016x}"


def credit_code_of(number: int, *, district: str = "330106") -> str:
    """The unified social credit code of the ``number``-th unit (0 to 999,999), registered in a district."""
    body = f"MA{number:06d}"
    weighted = sum(weight * int(sign, 36) for weight, sign in zip((3, 7, 9, 10, 5, 8, 4, 2), body, strict=True))
    code = f"91{district}{body}{'0123456789X'[-weighted % 11]}"
    return code + uscc.calc_check_digit(code)


def resident_id_of(number: int, *, district: str) -> str:
    """The resident identity number of the ``number``-th person of a district, born in the twentieth century."""
    day, order = divmod(number, 1000)
    month, day = divmod(day, 28)
    front = f"{district}{1950 + month // 12 % 45}{month % 12 + 1:02d}{day + 1:02d}{order:03d}"
    return front + ric.calc_check_digit(front + "0")
