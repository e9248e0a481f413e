--- The countries that have no networks of their own here: ISO 3166-1 alpha-2, the first MCC (ITU-T E.212), the calling
-- code (ITU-T E.164), and where countries share one, what follows it.
--
-- Tested in spec/simulator/tables_spec.lua.

local M = {}

local ROWS = [[
AD 213 376 Andorra
AE 424 971 United Arab Emirates
AF 412 93 Afghanistan
AG 344 1-268 Antigua and Barbuda
AI 365 1-264 Anguilla
AL 276 355 Albania
AM 283 374 Armenia
AO 631 244 Angola
AR 722 54 Argentina
AS 544 1-684 American Samoa
AT 232 43 Austria
AU 505 61 Australia
AW 363 297 Aruba
AZ 400 994 Azerbaijan
BA 218 387 Bosnia and Herzegovina
BB 342 1-246 Barbados
BD 470 880 Bangladesh
BE 206 32 Belgium
BF 613 226 Burkina Faso
BG 284 359 Bulgaria
BH 426 973 Bahrain
BI 642 257 Burundi
BJ 616 229 Benin
BM 350 1-441 Bermuda
BN 528 673 Brunei
BO 736 591 Bolivia
BQ 362 599-3,599-4,599-7 Bonaire, Sint Eustatius and Saba
BR 724 55 Brazil
BS 364 1-242 Bahamas
BT 402 975 Bhutan
BW 652 267 Botswana
BY 257 375 Belarus
BZ 702 501 Belize
CA 302 1 Canada
CD 630 243 Congo (Democratic Republic)
CF 623 236 Central African Republic
CG 629 242 Congo
CH 228 41 Switzerland
CI 612 225 Côte d’Ivoire
CK 548 682 Cook Islands
CL 730 56 Chile
CM 624 237 Cameroon
CN 460 86 China
CO 732 57 Colombia
CR 712 506 Costa Rica
CU 368 53 Cuba
CV 625 238 Cape Verde
CW 362 599-9 Curaçao
CY 280 357 Cyprus
CZ 230 420 Czechia
DE 262 49 Germany
DJ 638 253 Djibouti
DK 238 45 Denmark
DM 366 1-767 Dominica
DO 370 1-809,1-829,1-849 Dominican Republic
DZ 603 213 Algeria
EC 740 593 Ecuador
EG 602 20 Egypt
ER 657 291 Eritrea
ES 214 34 Spain
ET 636 251 Ethiopia
FI 244 358 Finland
FJ 542 679 Fiji
FK 750 500 Falkland Islands
FM 550 691 Micronesia
FO 288 298 Faroe Islands
FR 208 33 France
GA 628 241 Gabon
GB 234 44 United Kingdom
GD 352 1-473 Grenada
GE 282 995 Georgia
GF 340 594 French Guiana
GG 234 44-1481,44-7781,44-7839 Guernsey
GH 620 233 Ghana
GI 266 350 Gibraltar
GL 290 299 Greenland
GM 607 220 Gambia
GN 611 224 Guinea
GP 340 590 Guadeloupe
GQ 627 240 Equatorial Guinea
GR 202 30 Greece
GT 704 502 Guatemala
GU 310 1-671 Guam
GW 632 245 Guinea-Bissau
GY 738 592 Guyana
HK 454 852 Hong Kong
HN 708 504 Honduras
HR 219 385 Croatia
HT 372 509 Haiti
HU 216 36 Hungary
ID 510 62 Indonesia
IE 272 353 Ireland
IL 425 972 Israel
IM 234 44-1624,44-7524,44-7624,44-7924 Isle of Man
IN 404 91 India
IQ 418 964 Iraq
IR 432 98 Iran
IS 274 354 Iceland
IT 222 39 Italy
JE 234 44-1534,44-7509,44-7797,44-7829,44-7937 Jersey
JM 338 1-876,1-658 Jamaica
JO 416 962 Jordan
JP 440 81 Japan
KE 639 254 Kenya
KG 437 996 Kyrgyzstan
KH 456 855 Cambodia
KI 545 686 Kiribati
KM 654 269 Comoros
KN 356 1-869 Saint Kitts and Nevis
KR 450 82 South Korea
KW 419 965 Kuwait
KY 346 1-345 Cayman Islands
KZ 401 7-6,7-7 Kazakhstan
LA 457 856 Laos
LB 415 961 Lebanon
LC 358 1-758 Saint Lucia
LI 295 423 Liechtenstein
LK 413 94 Sri Lanka
LR 618 231 Liberia
LS 651 266 Lesotho
LU 270 352 Luxembourg
LY 606 218 Libya
MA 604 212 Morocco
MC 212 377 Monaco
MD 259 373 Moldova
ME 297 382 Montenegro
MG 646 261 Madagascar
MH 551 692 Marshall Islands
MK 294 389 North Macedonia
ML 610 223 Mali
MM 414 95 Myanmar
MN 428 976 Mongolia
MO 455 853 Macao
MP 310 1-670 Northern Mariana Islands
MQ 340 596 Martinique
MR 609 222 Mauritania
MS 354 1-664 Montserrat
MT 278 356 Malta
MU 617 230 Mauritius
MV 472 960 Maldives
MW 650 265 Malawi
MX 334 52 Mexico
MY 502 60 Malaysia
MZ 643 258 Mozambique
NA 649 264 Namibia
NC 546 687 New Caledonia
NE 614 227 Niger
NF 505 672 Norfolk Island
NG 621 234 Nigeria
NI 710 505 Nicaragua
NL 204 31 Netherlands
NO 242 47 Norway
NP 429 977 Nepal
NR 536 674 Nauru
NU 555 683 Niue
NZ 530 64 New Zealand
OM 422 968 Oman
PA 714 507 Panama
PE 716 51 Peru
PF 547 689 French Polynesia
PG 537 675 Papua New Guinea
PH 515 63 Philippines
PK 410 92 Pakistan
PL 260 48 Poland
PM 308 508 Saint Pierre and Miquelon
PR 330 1-787,1-939 Puerto Rico
PS 425 970 Palestine
PT 268 351 Portugal
PW 552 680 Palau
PY 744 595 Paraguay
QA 427 974 Qatar
RE 647 262 Réunion
RO 226 40 Romania
RS 220 381 Serbia
RU 250 7 Russia
RW 635 250 Rwanda
SA 420 966 Saudi Arabia
SB 540 677 Solomon Islands
SC 633 248 Seychelles
SD 634 249 Sudan
SE 240 46 Sweden
SG 525 65 Singapore
SH 658 290 Saint Helena
SI 293 386 Slovenia
SK 231 421 Slovakia
SL 619 232 Sierra Leone
SM 292 378 San Marino
SN 608 221 Senegal
SO 637 252 Somalia
SR 746 597 Suriname
SS 659 211 South Sudan
ST 626 239 São Tomé and Príncipe
SV 706 503 El Salvador
SX 362 1-721 Sint Maarten
SY 417 963 Syria
SZ 653 268 Eswatini
TC 376 1-649 Turks and Caicos Islands
TD 622 235 Chad
TG 615 228 Togo
TH 520 66 Thailand
TJ 436 992 Tajikistan
TK 554 690 Tokelau
TL 514 670 Timor-Leste
TM 438 993 Turkmenistan
TN 605 216 Tunisia
TO 539 676 Tonga
TR 286 90 Türkiye
TT 374 1-868 Trinidad and Tobago
TV 553 688 Tuvalu
TW 466 886 Taiwan
TZ 640 255 Tanzania
UA 255 380 Ukraine
UG 641 256 Uganda
UY 748 598 Uruguay
UZ 434 998 Uzbekistan
VC 360 1-784 Saint Vincent and the Grenadines
VE 734 58 Venezuela
VG 348 1-284 British Virgin Islands
VI 332 1-340 US Virgin Islands
VN 452 84 Vietnam
VU 541 678 Vanuatu
WF 543 681 Wallis and Futuna
WS 549 685 Samoa
XK 221 383 Kosovo
YE 421 967 Yemen
YT 647 262-639,262-269 Mayotte
ZA 655 27 South Africa
ZM 645 260 Zambia
ZW 648 263 Zimbabwe
]]

-- The area codes of Canada; those of the United States are all others.
local CANADA = [[
  204 226 236 249 250 289 306 343 365 367 403 416 418 431 437 438 450 506 514 519 548 579 581 587 604 613 639
  647 672 705 709 778 780 782 807 819 825 867 873 902 905]]

-- Made up: from 2 to 9.8 cents, the same ones each time.
local function rate_of(code)
  local first, second = code:byte(1, 2)
  return ("0.%03d"):format(20 + (first * 31 + second * 7) % 79)
end

local function areas_of_canada()
  local prefixes = {}
  for area in CANADA:gmatch("[0-9]+") do prefixes[#prefixes + 1] = "1" .. area end
  return prefixes
end

--- All of them, in the order of their codes.
---@return vertexsms.simulator.Country[]
function M.list()
  local countries = {}
  for code, mcc, prefixes, name in ROWS:gmatch("([A-Z][A-Z]) ([0-9]+) ([0-9,-]+) ([^\n]+)\n") do
    local country = {
      code = code, name = name, mcc = mcc, prefix = prefixes:match("^[0-9]+"), prefixes = {},
      others = { "Default", rate_of(code) }, networks = {},
    }
    for prefix in prefixes:gmatch("[^,]+") do
      country.prefixes[#country.prefixes + 1] = (prefix:gsub("-", ""))
    end
    if code == "CA" then country.prefixes = areas_of_canada() end
    countries[#countries + 1] = country
  end
  return countries
end

return M
