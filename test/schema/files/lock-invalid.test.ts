import { describe, expect, test } from "vitest";
import { InvalidFile } from "../../../schema/files/diagnostics.ts";
import { load, lockProblems, withPackages } from "./locks.ts";

const HEAD = "version: 1\nname: web\n";
const UNQUOTED = "text belongs here, and without quotes YAML reads";
const NAME = "is not the name of a Debian package";
const EMPTY =
  '1:1 the lock is empty: omg will not take this as "remove everything" | restore the file, or begin it with `version: 1` and `name: my-machine`';

describe("a version without quotes", () => {
  test.each([
    ["curl: 1.10", `5:11 ${UNQUOTED} 1.10 as the number 1.1 | write "1.10"`],
    ["curl: 20", `5:11 ${UNQUOTED} 20 as the number 20 | write "20"`],
    ["curl: 1e3", `5:11 ${UNQUOTED} 1e3 as the number 1000 | write "1e3"`],
    ["curl: 0x10", `5:11 ${UNQUOTED} 0x10 as the number 16 | write "0x10"`],
    ["curl: true", `5:11 ${UNQUOTED} true as true | write "true"`],
    ["curl: null", `5:11 ${UNQUOTED} null as nothing | write "null"`],
    ["curl: ~", `5:11 ${UNQUOTED} ~ as nothing | write "~"`],
    [
      "curl: 2026-11-15",
      '5:11 text belongs here, and without quotes many readers of YAML take 2026-11-15 for a date | write "2026-11-15"',
    ],
    ["curl:", "5:5 `curl` has no value | give it one, or remove the line"],
    ["curl: { version: 1.10 }", `5:22 ${UNQUOTED} 1.10 as the number 1.1 | write "1.10"`],
  ])("%s", (line, problem) => {
    expect(lockProblems(withPackages(line))).toEqual([problem]);
  });

  test("is read as it is written where quotes are there", () => {
    expect(load(withPackages('curl: "1.10"')).packages.apt?.packages.curl?.version).toBe("1.10");
    expect(load(withPackages('curl: "2026-11-15"')).packages.apt?.packages.curl?.version).toBe("2026-11-15");
  });
});

describe("names of packages", () => {
  test.each(["--foo", "-y", "bash-", "Bash", "x", "a b", "a/b", "a=1", "../a", "a:", "a_b", "a,b"])("%s", (name) => {
    expect(lockProblems(withPackages(`'${name}': "*"`))).toEqual([`5:5 \`${name}\` ${NAME}`]);
  });

  test("that look like something else are names", () => {
    const lock = load(withPackages('2048: "*"', 'libc6:i386: "*"', 'g++: "*"', 'constructor: "*"', 'true: "*"'));
    expect(Object.keys(lock.packages.apt?.packages ?? {})).toEqual([
      "2048",
      "libc6:i386",
      "g++",
      "constructor",
      "true",
    ]);
    expect(lock.packages.apt?.packages.toString).toBeUndefined();
  });
});

describe("shape", () => {
  test.each([
    ["wrong types", `${HEAD}apt: [curl]\n`, ["3:6 expected a map, found a list"]],
    [
      "a map for text",
      `${HEAD}env: { A: { b: c } }\n`,
      ["3:8 `from` is missing", "3:8 `name` is missing", "3:13 unknown key `b` | known here: from, name"],
    ],
    ["a list for text or map", `${HEAD}env: { A: [1] }\n`, ["3:11 expected text or a map, found a list"]],
    ["text for a list", `${HEAD}include: a.yaml\n`, ['3:10 expected a list, found "a.yaml"']],
    [
      "text for a truth",
      withPackages('curl: { version: "1", hold: "yes" }'),
      ['5:33 expected true or false, found "yes"'],
    ],
    [
      "a number for a variable",
      `${HEAD}env: { PORT: 8080 }\n`,
      [`3:14 ${UNQUOTED} 8080 as the number 8080 | write "8080"`],
    ],
    [
      "a number for a runtime",
      `${HEAD}runtimes: { node: 20 }\n`,
      [`3:19 ${UNQUOTED} 20 as the number 20 | write "20"`],
    ],
    ["an unknown key at the top", `${HEAD}runtime: {}\n`, ["3:1 unknown key `runtime` | did you mean `runtimes`?"]],
    [
      "an unknown key below",
      `${HEAD}apt:\n  unmanged: report\n`,
      ["4:3 unknown key `unmanged` | did you mean `unmanaged`?"],
    ],
    ["an unknown key like no other", `${HEAD}aur:\n  zzz: 1\n`, ["4:3 unknown key `zzz` | known here: packages"]],
    [
      "an unknown key of a request",
      withPackages('curl: { version: "1", holt: true }'),
      ["5:27 unknown key `holt` | did you mean `hold`?"],
    ],
    [
      "an unknown word",
      `${HEAD}apt: { unmanaged: reprot }\n`,
      ['3:19 expected one of ignore, report, remove, found "reprot" | did you mean `report`?'],
    ],
    ["a version of the future", "version: 2\nname: a\n", ["1:10 expected 1, found the number 2"]],
    ["a version in quotes", 'version: "1"\nname: a\n', ['1:10 expected 1, found "1" | write it without quotes']],
    [
      "a request with a star inside",
      withPackages('curl: "7.*.1"'),
      ['5:11 "7.*.1" is not a request: write *, a beginning such as 7.88.*, an exact version, absent or purged'],
    ],
    [
      "a request like an option",
      withPackages('curl: "-y"'),
      ['5:11 "-y" is not a request: write *, a beginning such as 7.88.*, an exact version, absent or purged'],
    ],
    [
      "absence with details",
      withPackages("curl: { version: absent, hold: true }"),
      ['5:22 "absent" is not a version request: write *, a beginning such as 7.88.*, or an exact version'],
    ],
    ["a variable's name", `${HEAD}env: { "A B": c }\n`, ["3:8 `A B` is not the name of a variable"]],
    [
      "a reference to a strange variable",
      `${HEAD}env: { A: { from: env, name: "$(x)" } }\n`,
      ['3:30 "$(x)" is not the name of a variable'],
    ],
    ["an alias's name", `${HEAD}aliases: { "a;b": c }\n`, ["3:12 `a;b` is not a name for an alias"]],
    ["NUL in a value", `${HEAD}env: { A: "a\\0b" }\n`, ['3:11 "a\ufffdb" holds a NUL character']],
    [
      "a source with a key of nobody's",
      `${HEAD}apt: { sources: { x: { uris: "file:/u", suites: s/, signed-by: /tmp/x.gpg } } }\n`,
      [
        '3:64 "/tmp/x.gpg" must be a block of public keys in ASCII armour, or a keyring that a package has in /usr/share/keyrings',
      ],
    ],
    [
      "sources that apt would not take, or that a lock may not ask for",
      `${HEAD}apt:
  sources:
    A: { uris: "file:/u", suites: s/ }
    a: { uris: "ssh://h/u", suites: s/ }
    b: { uris: "http://u:p@h/", suites: s/ }
    c: { uris: "http://h/", suites: [s, s/], components: main }
    d: { uris: "http://h/", suites: s }
    e: { uris: "http://h/", suites: s/, components: main }
    f: { uris: "http://h/", suites: ../s, components: main }
    g: { uris: "http://h/ http://i/", suites: s t, components: main free }
    h: { uris: [], suites: s/ }
`,
      [
        "5:5 `A` is not a name for a source: small letters, digits, and - _ after the first",
        '6:16 "ssh://h/u" must be http:, https: or file: addresses, without a password',
        '7:16 "http://u:p@h/" must be http:, https: or file: addresses, without a password',
        "8:37 a list mixes suites with exact paths, which end in a slash",
        '9:37 "s" needs `components` beside it',
        '10:37 "s/" is an exact path, which has no `components`',
        '11:37 "../s" is not a suite',
        "13:16 the list is empty",
      ],
    ],
    [
      "a source that trusts itself",
      `${HEAD}apt: { sources: { x: { uris: "file:/u", suites: s/, trusted: "yes" } } }\n`,
      ["3:53 unknown key `trusted` | known here: types, uris, suites, components, architectures, signed-by"],
    ],
    [
      "a pin without a hash of the right form",
      `${HEAD}---\npins: debian-12-amd64\napt: { curl: { version: "1", sha256: abc } }\n`,
      ['5:38 "abc" is not a SHA-256 in lower-case hexadecimal'],
    ],
    [
      "a pin with a pattern",
      `${HEAD}---\npins: debian-12-amd64\napt: { curl: { version: "1.*" } }\n`,
      ['5:25 "1.*" is not a version'],
    ],
    [
      "wishes among pins",
      `${HEAD}---\npins: debian-12-amd64\nenv: { A: b }\n`,
      ["5:1 unknown key `env` | known here: pins, indexes, apt, pacman, aur, runtimes"],
    ],
    [
      "a name in a later document",
      `${HEAD}---\nname: other\n`,
      ["4:1 only the first document gives the lock its name | remove the line"],
    ],
    ["no map", "- a\n", ["1:1 expected a map of keys here | write `key: value` lines"]],
  ])("%s", (_, text, problems) => {
    expect(lockProblems(text)).toEqual(problems);
  });
});

describe("duplicate keys", () => {
  test.each([
    ["at the top", `${HEAD}name: b\n`, ["3:1 `name` is here twice | keep one of them"]],
    ["of a package", withPackages('curl: "1"', 'curl: "2"'), ["6:5 `curl` is here twice | keep one of them"]],
    ["in other quotes", withPackages('curl: "1"', '"curl": "2"'), ["6:5 `curl` is here twice | keep one of them"]],
    ["on one line", `${HEAD}env: { A: a, A: b }\n`, ["3:14 `A` is here twice | keep one of them"]],
    [
      "of a pin",
      `${HEAD}---\npins: x-1\napt:\n  aa: { version: "1" }\n  aa: { version: "2" }\n`,
      ["7:3 `aa` is here twice | keep one of them"],
    ],
    [
      "that reach behind maps",
      `${HEAD}env: { __proto__: a }\n`,
      ["3:8 `__proto__` cannot be used as a name | use another name"],
    ],
  ])("%s", (_, text, problems) => {
    expect(lockProblems(text)).toEqual(problems);
  });
});

describe("an emptied lock", () => {
  test.each([
    ["nothing", ""],
    ["blank lines", "\n\n"],
    ["comments", "# gone\n---\n# gone\n"],
    ["only pins", "pins: debian-12-amd64\napt: {}\n"],
  ])("%s", (_, text) => {
    expect(lockProblems(text)).toEqual([EMPTY]);
  });

  test("without its head", () => {
    expect(lockProblems('apt: { packages: { curl: "*" } }\n')).toEqual([
      "1:1 `version` is missing | begin the file with `version: 1`",
      "1:1 `name` is missing | begin the file with `name: my-machine`",
    ]);
  });
});

describe("the error", () => {
  const text = withPackages("curl: 1.10", 'bash-: "*"').replace("apt:", "atp: 1\napt:");

  function failure(): unknown {
    try {
      return load(text);
    } catch (error) {
      return error;
    }
  }

  test("holds all problems of the file, rendered", () => {
    expect(failure()).toBeInstanceOf(InvalidFile);
    expect(failure()).toMatchObject({
      code: "lock-invalid",
      exit: "invalid",
      message: "The lock is not valid: 3 problems.",
      state: "Nothing was changed.",
      details: [
        "/repo/omg.lock:3:1: unknown key `atp`",
        "    atp: 1",
        "    ^",
        "  hint: did you mean `apt`?",
        `/repo/omg.lock:6:11: ${UNQUOTED} 1.10 as the number 1.1`,
        "        curl: 1.10",
        "              ^",
        '  hint: write "1.10"',
        `/repo/omg.lock:7:5: \`bash-\` ${NAME}`,
        '        bash-: "*"',
        "        ^",
      ],
    });
  });

  test("strips what could act on a terminal", () => {
    expect(() => load(`${HEAD}"\\u001b[31m\u202e": 1\u001b[0m\n`)).toThrow(InvalidFile);
    const shown = lockProblems(`${HEAD}"\\u001b[31m\u202e": 1\n`).join();
    expect(shown).toContain("unknown key `\ufffd[31m\ufffd`");
    expect(shown).not.toContain("\u001b");
    expect(shown).not.toContain("\u202e");
  });

  test("shows the part of a long line that matters", () => {
    const problem = captured(`${HEAD}env: { A: "${"a".repeat(500)}", B: [] }\n`);
    expect(problem[0]).toBe("/repo/omg.lock:3:518: expected text or a map, found a list");
    expect(problem[1]?.length).toBeLessThan(130);
    expect(problem[1]?.charAt(problem[2]?.indexOf("^") ?? -1)).toBe("[");
  });

  function captured(lock: string): readonly string[] {
    try {
      load(lock);
    } catch (error) {
      if (error instanceof InvalidFile) return error.details;
    }
    return [];
  }
});
