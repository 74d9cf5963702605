"""Compares a record with what it must be, field by field.

fields.py LOG EVENT INDEX [FIELD=PATTERN]...: the INDEXth record of that event in LOG, which has
exactly these fields, each a regular expression of the whole value, FIELD?=PATTERN where the field
may be absent. Exit 1, and what is otherwise, where it is not so.
"""

import json
import re
import sys


def differences(record, wanted):
    for key, (pattern, may_lack) in wanted.items():
        if key not in record:
            if not may_lack:
                yield "no %s" % key
            continue
        value = record[key] if isinstance(record[key], str) else json.dumps(record[key])
        if not re.fullmatch(pattern, value):
            yield "%s is %r, not %s" % (key, value, pattern)
    for key in record.keys() - wanted.keys():
        yield "%s beside what there is to be: %r" % (key, record[key])


def main():
    path, event, index = sys.argv[1:4]
    records = [json.loads(line) for line in open(path, "rb")]
    records = [record for record in records if record["event"] == event]
    if len(records) <= int(index):
        sys.exit("%d records of %s" % (len(records), event))
    wanted = {}
    for field in sys.argv[4:]:
        key, pattern = field.split("=", 1)
        wanted[key.rstrip("?")] = (pattern, key.endswith("?"))
    found = list(differences(records[int(index)], wanted))
    if found:
        sys.exit("\n".join(found + [json.dumps(records[int(index)])]))


main()
