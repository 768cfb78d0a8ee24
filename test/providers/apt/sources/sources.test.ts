import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../../../host/run.ts";
import { readAptConfig } from "../../../../providers/apt/machine/config.ts";
import { parseSourceLines } from "../../../../providers/apt/sources/source-lines.ts";
import { sourceNames } from "../../../../providers/apt/sources/source-name.ts";
import { parseSourceStanzas } from "../../../../providers/apt/sources/source-stanzas.ts";
import { readSources } from "../../../../providers/apt/sources/sources.ts";
import { describeTargets, parseTargets } from "../../../../providers/apt/sources/targets.ts";

let folder: string;
let conf: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-sources-"));
  mkdirSync(join(folder, "etc/apt/sources.list.d"), { recursive: true });
  mkdirSync(join(folder, "var/lib/apt/lists/partial"), { recursive: true });
  conf = join(folder, "apt.conf");
  writeFileSync(
    conf,
    `Dir "${folder}/"; APT::Architecture "amd64"; APT::Architectures { "amd64"; "i386"; }; Acquire::Languages "none";`,
  );
  const put = (name: string, text: string) => writeFileSync(join(folder, "etc/apt", name), text);
  put(
    "sources.list",
    "# first\n\ndeb [ arch=amd64,i386 signed-by=/a.gpg,/b.gpg trusted=no ] http://a.test/debian stable main contrib # why\ndeb-src http://b.test/debian stable main\n",
  );
  put("sources.list.d/flat.list", "deb [trusted=yes] file:/srv/flat ./\n#deb http://off.test x main\n");
  put(
    "sources.list.d/many.sources",
    "# note\nTypes: deb\nURIs: http://one.test/x\nSuites: s1 s2\nComponents: main\nEnabled: no\n\n\nTypes: deb deb-src\n# inside\nURIs: http://two.test/x\n http://three.test/x\nSuites: s1\nComponents: main extra\nArchitectures: amd64\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEZ\n -----END PGP PUBLIC KEY BLOCK-----\n",
  );
  for (const name of ["old.list.bak", "no ext", "with space.list", ".hidden.list", "x.sources.disabled", "plain"])
    put(`sources.list.d/${name}`, "nonsense\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = async () => readSources(await readAptConfig({ APT_CONFIG: conf }));

describe("apt's sources", () => {
  test("both styles, in order, with their options", async () => {
    const sources = await read();
    expect(
      sources.map(({ file, line, ordinal, enabled }) => [file.slice(folder.length), line, ordinal, enabled]),
    ).toEqual([
      ["/etc/apt/sources.list", 3, 3, true],
      ["/etc/apt/sources.list", 4, 4, true],
      ["/etc/apt/sources.list.d/flat.list", 1, 1, true],
      ["/etc/apt/sources.list.d/many.sources", 2, 1, false],
      ["/etc/apt/sources.list.d/many.sources", 9, 2, true],
    ]);
    expect(sources[0]).toMatchObject({
      types: ["deb"],
      components: ["main", "contrib"],
      architectures: ["amd64", "i386"],
      signedBy: ["/a.gpg", "/b.gpg"],
      trusted: false,
    });
    expect(sources[2]).toMatchObject({
      uris: ["file:/srv/flat"],
      suites: ["./"],
      components: [],
      trusted: true,
      signedBy: [],
    });
    expect(sources[4]).toMatchObject({
      types: ["deb", "deb-src"],
      uris: ["http://two.test/x", "http://three.test/x"],
      architectures: ["amd64"],
    });
    expect(sources[4]?.signedBy).toEqual([
      "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEZ\n-----END PGP PUBLIC KEY BLOCK-----\n",
    ]);
    expect(sources.every((source) => "trusted" in source === (source.trusted !== undefined))).toBe(true);
  });

  test("every index that apt would read is found again with its entry", async () => {
    const config = await readAptConfig({ APT_CONFIG: conf });
    const args = ["indextargets", "--no-release-info", "Identifier: Packages"];
    const { stdout, stderr } = await run("/usr/bin/apt-get", args, { env: config.env });
    expect(stderr).not.toContain("E:");
    const targets = describeTargets(parseTargets(stdout), config.paths.lists, readSources(config));
    expect(targets.map(({ repoUri, component, arch, key }) => `${repoUri} ${component} ${arch} ${key}`).sort()).toEqual(
      [
        "file:/srv/flat/   Packages",
        ...["contrib", "main"].flatMap((part) =>
          ["all", "amd64", "i386"].map(
            (arch) => `http://a.test/debian/ ${part} ${arch} ${part}/binary-${arch}/Packages`,
          ),
        ),
        ...["three", "two"].flatMap((host) =>
          ["extra", "main"].flatMap((part) =>
            ["all", "amd64"].map((arch) => `http://${host}.test/x/ ${part} ${arch} ${part}/binary-${arch}/Packages`),
          ),
        ),
      ],
    );
    const keysOf = (host: string) => targets.find((target) => target.host === host)?.signedBy;
    expect(keysOf("a.test")).toEqual(["/a.gpg", "/b.gpg"]);
    expect(keysOf("two.test")?.[0]).toContain("BEGIN PGP");
    expect(targets.filter(({ trusted }) => trusted).map(({ repoUri }) => repoUri)).toEqual(["file:/srv/flat/"]);
  });

  test.each([
    "rpm http://x.test a b",
    "deb",
    "deb http://x.test",
    "deb http://x.test stable",
    "deb http://x.test ./ main",
  ])("%j is refused, as apt does", (line) => {
    expect(() => parseSourceLines(line, "/x.list")).toThrow(expect.objectContaining({ code: "apt-sources-invalid" }));
  });

  test("a stanza without an address is refused", () => {
    expect(() => parseSourceStanzas(Buffer.from("Types: deb\nSuites: x\n"), "/x.sources")).toThrow(
      /x.sources:1: .*URIs/,
    );
  });

  test("a disc's name may hold blanks and a hash", () => {
    const [entry] = parseSourceLines("deb cdrom:[Debian GNU/Linux 12 #1]/ bookworm main", "/x.list");
    expect(entry).toMatchObject({
      uris: ["cdrom:[Debian GNU/Linux 12 #1]/"],
      suites: ["bookworm"],
      components: ["main"],
    });
  });
});

describe("names of sources", () => {
  const debian = {
    label: "Debian",
    origin: "Debian",
    repoUri: "http://mirror.example.org/debian/",
    signedBy: ["/d.gpg"],
  };
  const security = { ...debian, label: "Debian-Security" };

  test("label, origin, host", () => {
    const third = {
      label: "",
      origin: "Docker CE",
      repoUri: "https://download.docker.com/linux/debian/",
      signedBy: [],
    };
    const bare = { label: " ", origin: "", repoUri: "https://user@apt.example.org:8080/x/", signedBy: [] };
    const local = { label: "", origin: "", repoUri: "file:/srv/My Repo/", signedBy: [] };
    expect(sourceNames([debian, security, third, bare, local])).toEqual([
      "debian",
      "debian-security",
      "docker-ce",
      "apt-example-org",
      "my-repo",
    ]);
  });

  test("mirrors with the same keys are one source; a stranger with the same label takes nobody's name", () => {
    const mirror = { ...debian, repoUri: "http://ftp.de.debian.org/debian/" };
    const stranger = { ...debian, repoUri: "http://evil.test/", signedBy: ["/evil.gpg"] };
    expect(sourceNames([debian, mirror])).toEqual(["debian", "debian"]);
    expect(sourceNames([debian, stranger, security])).toEqual([
      "debian-mirror-example-org",
      "debian-evil-test",
      "debian-security",
    ]);
  });
});
