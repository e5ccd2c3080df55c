"""The V3.0 interface as a client: SOAP over HTTP, one account per province.

Every call is limited in time and size. What is not an answer of the interface – no connection, a timeout, a SOAP
fault, something unreadable – is :class:`Unreachable`; what an answer's code means is decided by the caller.
"""

import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
import zeep
import zeep.exceptions
import zeep.transports
from django.conf import settings
from lxml import etree

from openbeian.regime.numbers import is_digits
from openbeian.v3.wire import MAX_FILE_BYTES, packing
from openbeian.v3.wire.answers import Answer, FileInfo, parse_answer
from openbeian.v3.wire.demonstration import credentials, packing_settings
from openbeian.v3.wire.documents import DocumentError
from openbeian.v3.wire.packing import PackingError, PackingSettings

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
"""Longest silence while an answer arrives."""
CALL_SECONDS = 120.0
"""Longest time from request to the end of the answer."""
ANSWER_BYTES_MAX = MAX_FILE_BYTES * 4 // 3 + 1024 * 1024

UP_DOWN_LOAD = "ISPWebService/upDownLoad"
QUERY_STATUS = "BeianStatusWebService/queryBeianStatus"


class LinkError(Exception):
    """The link to a province does not work. ``code`` is short and stable; the text holds no data of a record."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code


class NotConfigured(LinkError):
    """There is no account for this province in the settings, or it is incomplete."""


class Unreachable(LinkError):
    """The province did not answer in time, or not with an answer of the interface. The call may have arrived."""


@dataclass(frozen=True)
class ProvinceAccount:
    """How one province's interface is reached, and with which account (ispId, user name, password, AES key and IV).

    ``asks_status``: whether to ask, after a submission, if the organizer is on file elsewhere.
    """

    province: str
    base_url: str
    isp_id: int
    user_name: str
    packing: PackingSettings = field(repr=False)
    asks_status: bool = False


def account(province: str) -> ProvinceAccount:
    """The account with ``province`` from ``settings.OPENBEIAN_AUTHORITY``.

    Outside production a province that is not there is taken to be the simulated one. Raises
    :class:`NotConfigured`.
    """
    configured: dict[str, Any] | None = settings.OPENBEIAN_AUTHORITY.get(province)
    if configured is None:
        if settings.PRODUCTION or not (len(province) == 6 and is_digits(province)):
            raise NotConfigured("settings", f"no account for province {province!r}")
        base_url = f"{settings.OPENBEIAN_SIMULATOR_URL.rstrip('/')}/{province}"
        configured = {**credentials(province, settings.SECRET_KEY), "base_url": base_url}
    try:
        base_url = configured["base_url"].rstrip("/")
        if urlsplit(base_url).scheme not in ("http", "https"):
            raise ValueError
        return ProvinceAccount(
            province, base_url, int(configured["isp_id"]), configured["user_name"], packing_settings(configured),
            asks_status=configured.get("ask_status") is True)
    except (KeyError, TypeError, ValueError, AttributeError):
        # The values are secrets, so none is repeated.
        raise NotConfigured("settings", f"the account for province {province} is incomplete") from None


class ProvinceClient:
    """The methods of the interface for one account."""

    def __init__(self, account: ProvinceAccount) -> None:
        self.account = account

    def upload(self, xml: bytes, *, sequence: int, entry_name: str) -> Answer:
        """isp_upload: deliver one file under its sequence number. The same input gives the same bytes."""
        packed = packing.pack(xml, self.account.packing, entry_name)
        return self._call(
            UP_DOWN_LOAD, "isp_upload", beianInfo=packed.beianInfo, beianInfoHash=packed.beianInfoHash,
            dataSequence=sequence, encryptAlgorithm=self.account.packing.encrypt_algorithm,
            hashAlgorithm=packing.HASH_MD5, compressionFormat=packing.COMPRESS_ZIP)

    def download(self) -> Answer:
        """isp_download: the oldest file not yet acknowledged; code 3 says that more wait, 2 that none does."""
        return self._call(UP_DOWN_LOAD, "isp_download", hashAlgorithm=packing.HASH_MD5)

    def acknowledge(self, file_name: str) -> Answer:
        """isp_downloadack: the file is taken over and need not be delivered again."""
        return self._call(UP_DOWN_LOAD, "isp_downloadack", hashAlgorithm=packing.HASH_MD5, fileName=file_name)

    def previous_upload(self) -> Answer:
        """isp_querypreviousupload: the last file accepted; ``file.data_sequence`` is 0 before the first."""
        return self._call(UP_DOWN_LOAD, "isp_querypreviousupload", hashAlgorithm=packing.HASH_MD5)

    def query_status(self, *, condition_type: int, condition: str) -> Answer:
        """isp_querybeianstatus: whether a certificate's holder (or a domain, type 0) is on file."""
        return self._call(
            QUERY_STATUS, "isp_querybeianstatus", hashAlgorithm=packing.HASH_MD5,
            queryConditionType=condition_type, queryCondition=condition)

    def unpack(self, file: FileInfo) -> bytes:
        """The XML of a downloaded file. Raises :class:`PackingError`."""
        if file.hash_algorithm != packing.HASH_MD5:
            raise PackingError(10, "unknown hash algorithm")
        if file.compression_format != packing.COMPRESS_ZIP:
            raise PackingError(11, "unknown compression format")
        if file.encrypt_algorithm not in (packing.ENCRYPT_NONE, packing.ENCRYPT_AES):
            raise PackingError(9, "unknown encryption algorithm")
        coding = replace(self.account.packing, encrypt=file.encrypt_algorithm == packing.ENCRYPT_AES)
        return packing.unpack(file.beian_info, file.beian_info_hash, coding)

    def _call(self, service: str, method: str, **arguments: Any) -> Answer:
        random_value = packing.random_value()
        try:
            proxy, provider_parameter = _service(self.account.base_url, service, method)
            text = proxy[method](**{
                provider_parameter: self.account.isp_id,
                "userName": self.account.user_name,
                "randVal": random_value,
                "pwdHash": packing.password_hash(self.account.packing.password, random_value),
                **arguments,
            })
            return parse_answer(text or "")
        except (requests.Timeout, urllib3.exceptions.ReadTimeoutError) as error:
            raise Unreachable("timeout", method) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise Unreachable("network", f"{method}, {type(error).__name__}") from error
        except zeep.exceptions.Fault as error:
            _forget(self.account.base_url, service)  # the description may have changed
            raise Unreachable("fault", f"{method} was answered with a SOAP fault") from error
        except (zeep.exceptions.Error, etree.LxmlError, DocumentError, TypeError, OSError) as error:
            _forget(self.account.base_url, service)
            raise Unreachable("answer", f"{method}, {type(error).__name__}") from error


class _Limited(zeep.transports.Transport):
    """Transport with a limit on the whole call and on the size of the answer, beside the socket's own timeouts."""

    def __init__(self) -> None:
        session = requests.Session()
        # No proxies and no .netrc by surprise: provinces admit one registered address and one account.
        session.trust_env = False
        session.max_redirects = 0
        timeout: Any = (CONNECT_SECONDS, READ_SECONDS)
        super().__init__(session=session, timeout=timeout, operation_timeout=timeout)

    def post(self, address: str, message: Any, headers: Any) -> requests.Response:
        return self._limited("POST", address, data=message, headers=headers)

    def load(self, url: str) -> bytes:
        response = self._limited("GET", url)
        response.raise_for_status()
        return response.content

    def _limited(self, verb: str, address: str, **arguments: Any) -> requests.Response:
        deadline = time.monotonic() + CALL_SECONDS
        with self.session.request(
            verb, address, timeout=self.operation_timeout, stream=True, allow_redirects=False, **arguments
        ) as response:
            content = bytearray()
            # read1 returns with what has come, so that even a trickle meets the deadline.
            while chunk := response.raw.read1(64 * 1024, decode_content=True):
                content += chunk
                if len(content) > ANSWER_BYTES_MAX:
                    raise requests.exceptions.ContentDecodingError("the answer is too large")
                if time.monotonic() > deadline:
                    raise requests.exceptions.ReadTimeout("the answer takes too long")
            response._content = bytes(content)  # what ``response.content`` gives from now on
        return response


_services: dict[tuple[str, str], tuple[zeep.Client, Any]] = {}
_services_lock = threading.Lock()


def _service(base_url: str, service: str, method: str) -> tuple[Any, str]:
    """The proxy of a web service and the name its method gives to the provider's id.

    The description (WSDL) is read once per process. Calls go to the configured address, whatever address the
    description names: many are generated behind a gateway and name one that cannot be reached.
    """
    key = (base_url, service)
    with _services_lock:
        known = _services.get(key)
    if known is None:
        client = zeep.Client(
            f"{base_url}/{service}?wsdl", transport=_Limited(),
            settings=zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, xml_huge_tree=True))
        bindings = [name for name, binding in client.wsdl.bindings.items() if method in binding.all()]
        if not bindings:
            raise Unreachable("answer", f"the description has no method {method}")
        known = client, client.create_service(bindings[0], f"{base_url}/{service}")
        with _services_lock:
            _services[key] = known
    client, proxy = known
    return proxy, _provider_parameter(proxy, method)


def _forget(base_url: str, service: str) -> None:
    with _services_lock:
        _services.pop((base_url, service), None)


def _provider_parameter(proxy: Any, method: str) -> str:
    """``ispID`` or ``ispId``: the specification prints the one, systems in use have the other."""
    operation = proxy._binding.get(method)
    for name, _ in operation.input.body.type.elements:
        if name.lower() == "ispid":
            return name
    raise Unreachable("answer", f"{method} has no parameter for the provider's id")
