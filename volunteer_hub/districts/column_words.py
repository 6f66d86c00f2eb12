"""Which header words mean which field, and the word lists by which a column is known from its content."""

from __future__ import annotations

import re

# What a person may map a column to, by kind of import, with the words shown to them.
PLACE_FIELDS = {
    "number": "House number",
    "half": "Number suffix or fraction",
    "pre": "Direction before the street",
    "street": "Street name",
    "type": "Street type",
    "post": "Direction after the street",
    "unit_type": "Kind of unit",
    "unit": "Unit",
    "address": "Whole address",
    "address2": "Second address line",
    "city": "Town",
    "zip": "ZIP code",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "precinct": "Precinct",
    "district": "District",
}
DOOR_FIELDS = {**PLACE_FIELDS, "people": "People living there", "use": "What stands there"}
VOTER_FIELDS = {
    "voter_id": "Voter id",
    "given_name": "Given name",
    "middle_name": "Middle name",
    "family_name": "Family name",
    "name_suffix": "Name suffix",
    "full_name": "Whole name",
    "birth_date": "Birth date",
    "birth_year": "Birth year",
    "party": "Party",
    "status": "Voter status",
    "support": "Support score (0 to 1)",
    "turnout": "Turnout score (0 to 1)",
    **PLACE_FIELDS,
}
RESULT_FIELDS = {
    "election": "Election",
    "date": "Election date",
    "office": "Office",
    "seat": "Seat or district of the office",
    "geoid": "GEOID or FIPS code",
    "county": "County or district",
    "town": "Town",
    "precinct": "Precinct",
    "precinct_code": "Precinct number",
    "party": "Party",
    "candidate": "Candidate",
    "votes": "Votes",
    "registered": "Registered voters",
}
FIELDS = {"doors": DOOR_FIELDS, "voters": VOTER_FIELDS, "results": RESULT_FIELDS}

_NUM = r"(?:num(?:ber)?|no|nbr|nr)"
_DIR = r"dir(?:ection(?:al)?)?"
_RES = r"(?:r|res|residential|residence|resident|home|site|situs|physical|voter|reg|registration)? ?"
# field -> (pattern of the normalised header, weight); the first pattern that fits counts.
_PLACE = {
    "number": [
        (rf"{_RES}(?:house|street|st|str|addr(?:ess)?|add|civic) ?{_NUM}", 1.0),
        (rf"{_RES}{_NUM}", 0.8),
    ],
    "half": [
        (rf"{_RES}(?:(?:house|addr(?:ess)?|{_NUM}) ?)+(?:suffix|suf|half|frac(?:tion)?)", 0.9),
        (rf"{_RES}(?:half(?: ?code)?|frac(?:tion)?)", 0.9),
    ],
    "pre": [
        (rf"{_RES}(?:street |st )?(?:pre ?{_DIR}|dir(?:ection)? (?:prefix|pre)|prefix(?: dir)?)", 1.0),
        (rf"{_RES}(?:street|st) ?(?:dir(?:ection)?|pre(?:fix)?)", 0.9),
    ],
    "street": [(rf"{_RES}(?:street|st|str|road) ?(?:name|base|nm)", 1.0), (rf"{_RES}(?:street|road)", 0.85)],
    "type": [(rf"{_RES}(?:street|st|str) ?(?:type|typ|sfx|suffix|suff)", 1.0), (r"(?:type|post type)", 0.5)],
    "post": [
        (rf"{_RES}(?:street |st )?(?:post ?{_DIR}|dir(?:ection)? (?:suffix|suf|post)|suf ?dir)", 1.0),
        (rf"{_RES}(?:street|st) ?post", 0.9),
    ],
    "unit_type": [(rf"{_RES}(?:unit|apt|apartment) ?(?:type|typ|designator|kind)", 1.0)],
    "unit": [
        (rf"{_RES}(?:unit|apt|apartment|suite|ste)(?: ?{_NUM}| unit| id)?", 1.0),
        (rf"{_RES}bldg ?{_NUM}?", 0.5),
    ],
    "address": [
        (rf"{_RES}(?:street )?addr(?:ess)?(?: ?(?:line)? ?1)?", 1.0),
        (r"(?:full|whole|complete) addr(?:ess)?", 1.0),
        (r"(?:addr(?:ess)?|street) (?:full|text)", 0.9),
    ],
    "address2": [(rf"{_RES}(?:street )?addr(?:ess)?(?: ?line)? ?2", 1.0)],
    "city": [
        (rf"{_RES}(?:city|town)(?: ?(?:name|desc))?", 1.0),
        (r"(?:municipality|post office|postal city)", 0.6),
    ],
    "zip": [(rf"{_RES}zip(?: ?code)?(?: ?5)?", 1.0), (r"postal ?code|post ?code", 0.9)],
    "latitude": [
        (r"lat(?:itude)?(?: ?(?:dd|deg|wgs84|y))?", 1.0),
        (r"(?:y|ycoord|y coord(?:inate)?|intptlat\d*)", 0.8),
    ],
    "longitude": [
        (r"(?:lon|lng|long)(?:gitude)?(?: ?(?:dd|deg|wgs84|x))?|longitude", 1.0),
        (r"(?:x|xcoord|x coord(?:inate)?|intptlon\d*)", 0.8),
    ],
    "precinct": [
        (r"precinct|pct|voting precinct", 1.0),
        (r"precinct (?:abbrv|code|id|no|num(?:ber)?)", 0.95),
        (r"precinct (?:name|desc)", 0.9),
        (r"election district|voting district|ed|vtd(?: abbrv)?|vta", 0.6),
    ],
    "district": [
        (r"district(?: ?(?:name|code|id|no))?", 0.9),
        (r"(?:state )?(?:house|legislative)(?: district)?|rd|ld|hd|sld[lu]?", 0.6),
        (r"(?:state )?senate(?: district)?|sd", 0.5),
        (r"congress(?:ional)?(?: district)?|cd", 0.4),
    ],
}
_DOOR = {
    **_PLACE,
    "use": [(r"(?:site|building|bldg|property|land|address|addr)? ?(?:type|use)|building|occupancy", 0.8)],
    "people": [
        (r"(?:num |no of |number of )?(?:people|persons|residents|voters|occupants|adults)", 1.0),
        (r"(?:household|hh) ?size", 0.8),
    ],
}
_VOTER = {
    "voter_id": [
        (r"(?:state )?voter ?(?:id|no|num(?:ber)?|reg(?:istration)? ?(?:no|num(?:ber)?|id))", 1.0),
        (
            rf"(?:unique ?id|vuid|ncid|sboe ?id|id ?{_NUM}|registrant ?id|"
            rf"registration (?:{_NUM}|id)|reg ?num)",
            0.9,
        ),
        (r"id", 0.6),
    ],
    "given_name": [(r"(?:name )?(?:first|given|fore) ?(?:name|nm)?|fname|name first", 1.0)],
    "middle_name": [(r"(?:name )?(?:middle|mid) ?(?:name|nm|init(?:ial)?)?|mname|name middle", 1.0)],
    "family_name": [(r"(?:name )?(?:last|family|sur) ?(?:name|nm)?|lname|surname|name last", 1.0)],
    "name_suffix": [(r"name suffix(?: lbl| code)?|suffix name|name suf", 1.0), (r"suffix", 0.7)],
    "full_name": [(r"(?:voter|full|whole)? ?name(?: full)?", 0.9)],
    "birth_date": [(r"(?:date of birth|dob|birth ?(?:date|dt|day))", 1.0)],
    "birth_year": [(r"(?:birth ?year|year of birth|yob|birth yr)", 1.0)],
    "party": [
        (r"(?:political |polital |voter )?(?:party|aff(?:iliation)?)", 1.0),
        (r"party ?(?:cd|code|abbrv|affiliation|name)", 1.0),
        (r"enrollment|enrolment|party desc", 0.8),
    ],
    "support": [(r"support(?: ?(?:score|prob(?:ability)?|prior))?", 0.9)],
    "turnout": [(r"turnout(?: ?(?:score|prob(?:ability)?|prior))?|vote ?(?:score|propensity)", 0.9)],
    "status": [(r"(?:voter )?status(?: ?(?:cd|code|abbrv))?", 1.0), (r"(?:voter )?status desc", 0.9)],
    **_PLACE,
}
_RESULT = {
    "election": [(r"election(?: ?name)?|contest date|election id", 1.0), (r"year|cycle", 0.7)],
    "date": [(r"(?:election )?date|held on|election day", 1.0)],
    "office": [(r"office(?: ?name)?|race|contest(?: ?name)?", 1.0)],
    "seat": [(r"district|seat|office district", 0.8)],
    "geoid": [(r"geo ?id ?\d*|(?:combined |county )?fips(?: ?code)?", 1.0)],
    "county": [(r"county(?: ?name)?|jurisdiction|parish", 1.0)],
    "town": [(r"town(?:ship)?(?: ?name)?|municipality|city", 1.0), (r"ward", 0.5)],
    "precinct": [(r"precinct(?: ?name)?|pct|voting district|polling place|vtd|ward precinct", 1.0)],
    "precinct_code": [(r"(?:precinct|pct|vtd) ?(?:code|id|no|num(?:ber)?)", 1.0), (r"id|code", 0.4)],
    "party": [(r"party(?: ?(?:name|code|simplified|detailed|affiliation))?", 1.0)],
    "candidate": [(r"candidate(?: ?name)?|choice(?: name)?|name on ballot|option", 1.0)],
    "votes": [
        (r"votes?(?: ?(?:count|cast|total))?|total votes|candidate ?votes", 1.0),
        (r"count|ballots", 0.5),
    ],
    "registered": [(r"registered(?: ?voters)?|registration|reg ?voters|regvot\d*", 1.0)],
}
_RAW = {"doors": _DOOR, "voters": _VOTER, "results": _RESULT}
PATTERNS = {
    kind: {field: [(re.compile(p), weight) for p, weight in found] for field, found in fields.items()}
    for kind, fields in _RAW.items()
}
# In results without any other place, the place itself: a code or a name.
DISTRICT = re.compile(
    r"district(?: ?(?:name|code|id|no|num(?:ber)?))?|(?:ward|seat)(?: ?(?:name|no|num(?:ber)?))?"
)
# What stands at an address where nobody lives; matched against the values of “What stands there”.
NO_HOME = re.compile(
    r"COMMERC|INDUSTR|ACCESSORY|UTILITY|TOWER|PUMP|DEVELOPMENT SITE|WORSHIP|CHURCH|ACCESS POINT|GATE|BARN|"
    r"CEMETERY|SCHOOL|FIRE STATION|POLICE|GOVERNMENT|MUNICIPAL|PARK(?:ING)?\b|RAILROAD|WAREHOUSE|OFFICE|"
    r"RETAIL|"
    r"GARAGE|SHED|HYDRANT|SUBSTATION|VACANT|ABANDONED|HOSPITAL|GAS STATION|RESTAURANT|STORE\b|PUBLIC"
)
# A header that begins so speaks of another address than the home.
ELSEWHERE = re.compile(
    r"^(?:mail(?:ing)?|ma|prev(?:ious)?|prior|old|temp|absentee|birth|billing|owner|school|"
    r"muni)\b(?! ?(?:date|year|dt|yr|day))"
)
HISTORY = re.compile(
    r"^(?:(?:voter|gen|pr|pp|vote|voting|general|primary)[ _-]?hist(?:ory)?[ _-]?\d*|election \d+.*|"
    r"\d{1,2}/\d{1,2}/\d{4}|(?:gen|pri|spec|[gps])[ _]?(?:\d{8}|(?:19|20)?\d{2}))$"
)
ADDRESS_FIELDS = frozenset(_PLACE) - {"precinct", "district"}


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


NAME_SUFFIXES = _set("JR SR II III IV V VI MD DDS DVM PHD ESQ JNR SNR 2ND 3RD CPA RN")
TITLES = _set("MR MRS MS MISS DR REV HON MX")
PARTIES = _set(
    "D R DEM REP DEMOCRAT DEMOCRATIC REPUBLICAN GOP LIB LIBERTARIAN GRE GRN GREEN IND INDEPENDENT NPA UNA "
    "NOP "
    "NPP UAF UNAFFILIATED NONPARTISAN CON CONSTITUTION PRO PROGRESSIVE WFP WEP WOR WORKING REF REFORM OTH "
    "OTHER IDP ACN AELP LPF ECO BLK SCC SAP CST NLP SSP AE PF DTS UUP GR LBT CNV NOPARTY"
)
STATUSES = _set(
    "A I P ACT INA ACTIVE INACTIVE PRE PENDING REMOVED R D CANCELLED CANCELED 17 AM AF AP AU S SUSPENSE"
)
GIVEN_NAMES = _set(
    "JAMES MARY MICHAEL PATRICIA ROBERT JENNIFER JOHN LINDA DAVID ELIZABETH WILLIAM BARBARA RICHARD SUSAN "
    "JOSEPH JESSICA THOMAS KAREN CHRISTOPHER SARAH CHARLES LISA DANIEL NANCY MATTHEW SANDRA ANTHONY BETTY "
    "MARK ASHLEY DONALD EMILY STEVEN KIMBERLY ANDREW MARGARET PAUL DONNA JOSHUA MICHELLE KENNETH CAROL KEVIN "
    "AMANDA BRIAN MELISSA TIMOTHY DEBORAH RONALD STEPHANIE GEORGE REBECCA JASON SHARON EDWARD LAURA JEFFREY "
    "CYNTHIA RYAN AMY JACOB KATHLEEN NICHOLAS ANGELA GARY DOROTHY ERIC SHIRLEY JONATHAN EMMA STEPHEN BRENDA "
    "LARRY NICOLE JUSTIN PAMELA BENJAMIN SAMANTHA SCOTT ANNA BRANDON KATHERINE SAMUEL CHRISTINE GREGORY "
    "DEBRA "
    "ALEXANDER RACHEL PATRICK OLIVIA FRANK CAROLYN JACK MARIA RAYMOND JANET DENNIS HEATHER TYLER DIANE AARON "
    "CATHERINE JERRY JULIE JOSE VICTORIA NATHAN HELEN ADAM JOYCE HENRY LAUREN ZACHARY KELLY DOUGLAS "
    "CHRISTINA "
    "PETER JOAN KYLE JUDITH NOAH RUTH ETHAN HANNAH JEREMY EVELYN CHRISTIAN ANDREA WALTER VIRGINIA KEITH "
    "MEGAN "
    "AUSTIN CHERYL ROGER JACQUELINE TERRY MADISON SEAN TERESA GERALD ABIGAIL CARL SOPHIA DYLAN MARTHA HAROLD "
    "SARA JORDAN GLORIA JESSE JANICE BRYAN KATHRYN LAWRENCE ANN ARTHUR ISABELLA GABRIEL JUDY BRUCE CHARLOTTE "
    "LOGAN JULIA BILLY GRACE JOE AMBER ALAN ALICE JUAN JEAN ELIJAH DENISE WILLIE DANIELLE ALBERT MARILYN "
    "WAYNE BEVERLY RANDY THERESA MASON DIANA VINCENT NATALIE LIAM BRITTANY ROY DORIS BOBBY KAYLA CALEB "
    "ALEXIS "
    "BRADLEY LORI RUSSELL MARIE LUCAS TIFFANY PHILLIP TAMMY CRAIG CRYSTAL ANTONIO ERIN SHANE TRAVIS COURTNEY "
    "MARCUS LUIS CARLOS ERICA TINA APRIL VALERIE TRISTAN HOLLY MIGUEL TOM"
)
FAMILY_NAMES = _set(
    "SMITH JOHNSON WILLIAMS BROWN JONES GARCIA MILLER DAVIS RODRIGUEZ MARTINEZ HERNANDEZ LOPEZ GONZALEZ "
    "WILSON ANDERSON THOMAS TAYLOR MOORE JACKSON MARTIN LEE PEREZ THOMPSON WHITE HARRIS SANCHEZ CLARK "
    "RAMIREZ "
    "LEWIS ROBINSON WALKER YOUNG ALLEN KING WRIGHT SCOTT TORRES NGUYEN HILL FLORES GREEN ADAMS NELSON BAKER "
    "HALL RIVERA CAMPBELL MITCHELL CARTER ROBERTS GOMEZ PHILLIPS EVANS TURNER DIAZ PARKER CRUZ EDWARDS "
    "COLLINS REYES STEWART MORRIS MORALES MURPHY COOK ROGERS GUTIERREZ ORTIZ MORGAN COOPER PETERSON BAILEY "
    "REED KELLY HOWARD RAMOS KIM COX WARD RICHARDSON WATSON BROOKS CHAVEZ WOOD JAMES BENNETT GRAY MENDOZA "
    "RUIZ HUGHES PRICE ALVAREZ CASTILLO SANDERS PATEL MYERS LONG ROSS FOSTER JIMENEZ POWELL JENKINS PERRY "
    "RUSSELL SULLIVAN BELL COLEMAN BUTLER HENDERSON BARNES FISHER VASQUEZ SIMMONS GRAHAM MURRAY FORD "
    "HAMILTON "
    "WEST JORDAN OWENS REYNOLDS GRIFFIN FREEMAN WALLACE WOODS COLE HAYES MASON FULLER RAY GROSS KLEIN MOSS "
    "CANNON HARVEY BUCK"
)
