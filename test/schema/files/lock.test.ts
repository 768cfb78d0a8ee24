import { describe, expect, test } from "vitest";
import { DEBIAN, load, lockProblems, open } from "./locks.ts";

const HASH = "8f1c".repeat(16);
const FULL = `version: 1
name: web-team
apt:
  snapshot: 2026-11-15                # one line moves everything
  sources:
    docker: { uris: https://download.example/linux, suites: bookworm, components: [stable], signed-by: /usr/share/keyrings/k.gpg }
  packages:
    ripgrep: "*"
    curl: "7.88.*"
    nodejs: { version: "20.*", from: nodesource, hold: true }
    telnet: absent
    ftp: purged
  unmanaged: remove
  foreign: report
  ignore: ["linux-image-*"]
aur:
  packages: { yay: { version: "12.*", commit: ${"ab".repeat(20)} } }
runtimes: { node: "20", python: "3.12" }
env: { EDITOR: nvim, TOKEN: { from: command, name: token } }
aliases: { ll: ls -alF, ..: cd .. }
---
pins: debian-12-amd64
indexes: { debian: { release: ${HASH}, packages: ${HASH} } }
apt:
  ripgrep: { version: "13.0.0-4+b2", sha256: ${HASH}, from: debian }
  curl: { version: "7.88.1-10+deb12u14" }
  libcurl4: { version: "7.88.1-10+deb12u14", sha256: ${HASH}, from: debian, auto: true }
runtimes:
  node: { version: "20.19.5", url: https://nodejs.example/v20.tar.xz, sha256: ${HASH} }
---
pins: arch-x86_64
pacman:
  curl: { version: "8.0-1" }
`;

test("a full lock", () => {
  const { digest, ...lock } = load(FULL);
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(lock).toEqual({
    name: "web-team",
    path: "/repo/omg.lock",
    platform: "debian-12-amd64",
    own: false,
    packages: {
      apt: {
        mode: "remove",
        foreign: "report",
        ignore: ["linux-image-*"],
        snapshot: "2026-11-15",
        sources: {
          docker: {
            types: ["deb"],
            uris: ["https://download.example/linux"],
            suites: ["bookworm"],
            components: ["stable"],
            architectures: [],
            key: "/usr/share/keyrings/k.gpg",
          },
        },
        packages: {
          ripgrep: { presence: "present", version: "*" },
          curl: { presence: "present", version: "7.88.*" },
          nodejs: { presence: "present", version: "20.*", from: "nodesource", hold: true },
          telnet: { presence: "absent", version: "*" },
          ftp: { presence: "purged", version: "*" },
        },
      },
      aur: {
        mode: "report",
        foreign: "report",
        ignore: [],
        packages: { yay: { presence: "present", version: "12.*", commit: "ab".repeat(20) } },
      },
    },
    runtimes: { node: "20", python: "3.12" },
    speaksOfRuntimes: true,
    env: { EDITOR: "nvim", TOKEN: { from: "command", name: "token" } },
    aliases: { ll: "ls -alF", "..": "cd .." },
    pinned: true,
    pins: {
      apt: {
        ripgrep: { version: "13.0.0-4+b2", sha256: HASH, from: "debian", auto: false },
        curl: { version: "7.88.1-10+deb12u14", auto: false },
        libcurl4: { version: "7.88.1-10+deb12u14", sha256: HASH, from: "debian", auto: true },
      },
      runtimes: {
        node: { version: "20.19.5", url: "https://nodejs.example/v20.tar.xz", sha256: HASH, auto: false },
      },
    },
    indexes: { debian: { release: HASH, packages: HASH } },
  });
});

test("positions of what is asked for, and of what is only pinned", () => {
  const { positionOf, pinsFile } = open(FULL);
  const at = (line: number, column: number) => ({ file: "/repo/omg.lock", line, column });
  expect(positionOf("apt", "curl")).toEqual(at(9, 5));
  expect(positionOf("apt", "libcurl4")).toEqual(at(27, 3));
  expect(positionOf("runtimes", "python")).toEqual(at(18, 25));
  expect(positionOf("env", "EDITOR")).toEqual(at(19, 8));
  expect(positionOf("aliases", "ll")).toEqual(at(20, 12));
  expect(positionOf("sources", "docker")).toEqual(at(6, 5));
  expect(positionOf("apt", "nothing")).toBeUndefined();
  expect(positionOf("apt", "toString")).toBeUndefined();
  expect(pinsFile).toBe("/repo/omg.lock");
});

test("another platform has its own pins, or none", () => {
  const other = { ...DEBIAN, versionId: "13", platform: "debian-13-amd64" };
  const { pinned, pins, indexes } = load(FULL, { platform: { ...other } });
  expect({ pinned, pins, indexes }).toEqual({ pinned: false, pins: {}, indexes: {} });
});

test("later documents override earlier ones by key", () => {
  const lock = load(`version: 1
name: web
apt:
  snapshot: 2026-01-01
  packages: { curl: { version: "7.*", hold: true }, jq: "*" }
  ignore: [a*]
env: { A: one, B: one }
---
apt: { packages: { curl: "*" }, unmanaged: ignore, ignore: [b*] }
env: { B: two }
`);
  expect(lock.packages.apt).toEqual({
    mode: "ignore",
    foreign: "report",
    ignore: ["b*"],
    snapshot: "2026-01-01",
    packages: { curl: { presence: "present", version: "*" }, jq: { presence: "present", version: "*" } },
  });
  expect(lock.env).toEqual({ A: "one", B: "two" });
});

describe("when", () => {
  const conditional = (when: string) =>
    load(`version: 1\nname: web\n---\nwhen: ${when}\nenv: { A: b }\n`).env.A === "b";
  test.each([
    ["{ os: debian }", true],
    ["{ os: [arch, deb*] }", true],
    ["{ os: arch }", false],
    ["{ release: '1?' }", true],
    ["{ release: '13' }", false],
    ["{ arch: amd64, host: web-* }", true],
    ["{ arch: amd64, host: db-* }", false],
    ["{}", true],
  ])("%s", (when, applies) => {
    expect(conditional(when)).toBe(applies);
  });

  test("a rolling distribution has no release", () => {
    const platform = { id: "arch", arch: "x86_64", platform: "arch-x86_64", hostname: "a" };
    const lock = (release: string) =>
      load(`version: 1\nname: a\n---\nwhen: { release: "${release}" }\nenv: { A: b }\n`, { platform });
    expect([lock("*").env.A, lock("12").env.A]).toEqual(["b", undefined]);
  });

  test("what does not apply is checked all the same", () => {
    expect(lockProblems("version: 1\nname: a\n---\nwhen: { os: arch }\nenv: { A: 1.0 }\n")).toHaveLength(1);
  });
});

describe("pins that do not fit", () => {
  const HEAD =
    'version: 1\nname: web\napt:\n  packages:\n    curl: "7.88.*"\n    telnet: absent\nruntimes: { node: "20" }\n';
  const pinned = (...lines: string[]) => `${HEAD}---\npins: debian-12-amd64\n${lines.join("\n")}\n`;

  test.each([
    [
      "nobody asks for it",
      ["apt:", '  jq: { version: "1" }'],
      ["11:3 jq is pinned, and nothing above asks for it | `omg lock` drops the pin; `auto: true` marks a dependency"],
    ],
    [
      "another version is asked for",
      ["apt:", '  curl: { version: "8.0-1" }'],
      [
        "11:3 curl is pinned to 8.0-1, which is not the 7.88.* that is asked for (/repo/omg.lock:5) | `omg lock` pins it anew",
      ],
    ],
    [
      "a longer number",
      ["apt:", '  curl: { version: "7.880-1" }'],
      [
        "11:3 curl is pinned to 7.880-1, which is not the 7.88.* that is asked for (/repo/omg.lock:5) | `omg lock` pins it anew",
      ],
    ],
    [
      "it is to be absent",
      ["apt:", '  telnet: { version: "1", auto: true }'],
      ["11:3 telnet is pinned, and is to be absent (/repo/omg.lock:6) | `omg lock` drops the pin"],
    ],
    [
      "another runtime is asked for",
      ["runtimes:", '  node: { version: "200.1.0" }'],
      [
        "11:3 node is pinned to 200.1.0, which is not the 20 that is asked for (/repo/omg.lock:7) | `omg lock` pins it anew",
      ],
    ],
  ])("%s", (_, lines, problems) => {
    expect(lockProblems(pinned(...lines))).toEqual(problems);
  });

  test("are left out for whoever writes them anew", () => {
    const text = pinned(
      "apt:",
      '  jq: { version: "1" }',
      '  curl: { version: "8" }',
      '  libc6: { version: "2", auto: true }',
    );
    expect(load(text, { stalePins: "drop" }).pins).toEqual({ apt: { libc6: { version: "2", auto: true } } });
  });

  test("are no matter on other platforms", () => {
    const text = pinned("apt:", '  jq: { version: "1" }').replace("pins: debian-12", "pins: debian-13");
    expect(lockProblems(text)).toEqual([]);
  });

  test("twice for one platform", () => {
    expect(lockProblems(`${HEAD}---\npins: arch-x86_64\n---\npins: arch-x86_64\n`)).toEqual([
      "11:7 the pins of arch-x86_64 are here a second time; the first are at /repo/omg.lock:9 | keep one; `omg lock` brings it up to date",
    ]);
  });

  test("what only another host asks for is its business, and is kept for it", () => {
    const text = `version: 1
name: web
---
when: { host: db-* }
apt: { packages: { postgresql: "*" } }
---
pins: debian-12-amd64
apt:
  libpq5: { version: "15", auto: true }
  postgresql: { version: "15" }
`;
    const { lock, pinsElsewhere } = open(text);
    expect(lock.pins).toEqual({ apt: { libpq5: { version: "15", auto: true } } });
    expect(pinsElsewhere).toEqual({ apt: { postgresql: { version: "15", auto: false } } });
    const database = { ...DEBIAN, hostname: "db-1" };
    expect(Object.keys(load(text, { platform: { ...database } }).pins.apt ?? {})).toEqual(["libpq5", "postgresql"]);
  });
});

describe("include", () => {
  const HEAD = "version: 1\nname: web\n";

  test("what is included counts less than what includes it, and pins may live there", () => {
    const { lock, files, pinsFile, positionOf } = open(
      `${HEAD}include: [common/a.yaml, pins.yaml]\nenv: { A: mine }\n`,
      {
        includes: {
          "common/a.yaml": 'include: [b.yaml]\nenv: { A: a, B: a }\napt: { packages: { curl: "*" } }\n',
          "common/b.yaml": "env: { A: b, B: b, C: b }\n",
          "pins.yaml": 'pins: debian-12-amd64\napt: { curl: { version: "8" } }\n',
        },
      },
    );
    expect(lock.env).toEqual({ A: "mine", B: "a", C: "b" });
    expect(lock.pins.apt?.curl?.version).toBe("8");
    expect(files).toEqual(["/repo/omg.lock", "/repo/common/a.yaml", "/repo/common/b.yaml", "/repo/pins.yaml"]);
    expect(pinsFile).toBe("/repo/pins.yaml");
    expect(positionOf("apt", "curl")).toEqual({ file: "/repo/common/a.yaml", line: 3, column: 20 });
  });

  test("conditions reach what is included", () => {
    const text = `${HEAD}---\nwhen: { os: arch }\ninclude: [a.yaml]\n`;
    const lock = load(text, { includes: { "a.yaml": "env: { A: b }\n" } });
    expect(lock.env).toEqual({});
  });

  test("one file may be included under several conditions", () => {
    const text = `${HEAD}---\nwhen: { os: arch }\ninclude: [a.yaml]\n---\nwhen: { os: debian }\ninclude: [a.yaml]\n`;
    const lock = load(text, { includes: { "a.yaml": "env: { A: b }\n---\npins: debian-12-amd64\n" } });
    expect([lock.env.A, lock.pinned]).toEqual(["b", true]);
  });

  test.each([
    ["/etc/shadow", "/etc/shadow is an absolute path | write a path relative to this file, such as common/tools.yaml"],
    ["../other.yaml", "../other.yaml leaves the repository | only files of the same repository"],
    ["a/../../x", "a/../../x leaves the repository | only files of the same repository"],
    ["~/x", "~/x is not a path of a file | write a path relative to this file, such as common/tools.yaml"],
    ["-x", "-x is not a path of a file | write a path relative to this file, such as common/tools.yaml"],
    ["a\\\\b", "a\\b is not a path of a file | write a path relative to this file, such as common/tools.yaml"],
    ["C:/x", "C:/x is an absolute path | write a path relative to this file, such as common/tools.yaml"],
    [".git/config", ".git/config is inside .git | write a path relative to this file, such as common/tools.yaml"],
    ["gone.yaml", "gone.yaml cannot be read: there is no such file"],
    ["./omg.lock", "./omg.lock includes itself | the way round: omg.lock"],
    ["a\\0b", '"a\ufffdb" must be one line of text'],
  ])("%s", (path, problem) => {
    expect(lockProblems(`${HEAD}include: ["${path}"]\n`)).toEqual([`3:11 ${problem}`]);
  });

  test("may leave the folder of the lock where the repository goes on", () => {
    const includes = {
      "../common.yaml": "env: { A: b }\ninclude: [more/x.yaml]\n",
      "../more/x.yaml": "env: { C: d }\n",
    };
    const text = `${HEAD}include: [../common.yaml]\n`;
    const input = { includes: { ...includes } };
    expect(lockProblems(text, { ...input, repository: "/repo" })).toHaveLength(1);
    expect(load(text, { ...input, repository: "/" }).env).toEqual({ A: "b", C: "d" });
    expect(lockProblems(`${HEAD}include: [../../x]\n`, { repository: "/" })).toEqual([
      "3:11 ../../x leaves the repository | only files of the same repository",
    ]);
  });

  test("round and round", () => {
    const includes = { "a.yaml": "include: [b.yaml]\n", "b.yaml": "include: [a.yaml]\n" };
    expect(lockProblems(`${HEAD}include: [a.yaml]\n`, { includes })).toEqual([
      "/repo/b.yaml:1:11 a.yaml includes itself | the way round: omg.lock → a.yaml → b.yaml",
    ]);
  });

  test("too deep", () => {
    const chain = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, n) => [
          `${n}.yaml`,
          n + 1 < count ? `include: [${n + 1}.yaml]\n` : "env: { A: b }\n",
        ]),
      );
    expect(load(`${HEAD}include: [0.yaml]\n`, { includes: chain(8) }).env.A).toBe("b");
    expect(lockProblems(`${HEAD}include: [0.yaml]\n`, { includes: chain(9) })).toEqual([
      "/repo/7.yaml:1:11 includes go more than 8 files deep",
    ]);
  });

  test("too many", () => {
    const list = (next: number) => `include: [${Array(20).fill(`${next}.yaml`).join(", ")}]\n`;
    const includes = { "1.yaml": list(2), "2.yaml": list(3), "3.yaml": list(4), "4.yaml": "env: { A: b }\n" };
    expect(lockProblems(HEAD + list(1), { includes })).toEqual(["/repo/3.yaml:1:19 too many includes"]);
  });

  test("an emptied file, and the problems of every file at once", () => {
    const includes = { "a.yaml": "# gone\n", "b.yaml": "env: { A: 1 }\n" };
    expect(lockProblems(`${HEAD}include: [a.yaml, b.yaml]\nenvv: {}\n`, { includes })[0]).toMatch(/^4:1 unknown key/);
    expect(lockProblems(`${HEAD}include: [a.yaml, b.yaml]\n`, { includes })).toEqual([
      '3:11 a.yaml is empty: omg will not take this as "remove what it named" | restore it, or remove the include',
      '/repo/b.yaml:1:11 text belongs here, and without quotes YAML reads 1 as the number 1 | write "1"',
    ]);
  });
});

describe("digest", () => {
  const TEXT = "version: 1\nname: web\ninclude: [a.yaml]\n";
  const digest = (text: string, a: string) => load(text, { includes: { "a.yaml": a } }).digest;

  test("covers every byte of every file", () => {
    const base = digest(TEXT, "env: { A: b }\n");
    expect(digest(TEXT, "env: { A: b }\n")).toBe(base);
    expect(digest(`${TEXT} `, "env: { A: b }\n")).not.toBe(base);
    expect(digest(TEXT, "env: { A: c }\n")).not.toBe(base);
    expect(digest(TEXT, "env: { A: b } \n")).not.toBe(base);
  });

  test("covers files whose conditions do not hold here", () => {
    const text = `version: 1\nname: web\n---\nwhen: { os: arch }\ninclude: [a.yaml]\n`;
    expect(digest(text, "env: { A: b }\n")).not.toBe(digest(text, "env: { A: c }\n"));
  });
});
