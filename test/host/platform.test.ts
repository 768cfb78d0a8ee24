import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseOsRelease } from "../../host/os-release.ts";
import { platformFrom, readPlatform } from "../../host/platform.ts";

const facts = { nodeArch: "x64", machine: "x86_64", hostname: "box" };

describe("parseOsRelease", () => {
  test("reads quotes, escapes, comments, and leaves out what is no assignment", () => {
    const text = [
      "# comment",
      "ID=debian",
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"',
      "SINGLE='it \\n $HOME \"x\"'",
      'ESCAPED="a\\"b\\$c\\\\d\\`e\\x"',
      "BARE=a\\ b # comment",
      "EMPTY=",
      'OPEN="never closed',
      "not an assignment",
      "9BAD=x",
      "ID=last",
      "WINDOWS=yes\r",
    ].join("\n");
    expect(Object.fromEntries(parseOsRelease(text))).toEqual({
      ID: "last",
      PRETTY_NAME: "Debian GNU/Linux 12 (bookworm)",
      SINGLE: 'it \\n $HOME "x"',
      ESCAPED: 'a"b$c\\d`e\\x',
      BARE: "a b",
      EMPTY: "",
      WINDOWS: "yes",
    });
  });

  test("says what a shell would say of it", () => {
    const value = fc.string({
      unit: fc.constantFrom("a", "B", "1", "_", ".", "-", "/", " ", "(", "ü", "'", '"', "\\", "$", "`"),
    });
    const quoted = fc.tuple(value, fc.constantFrom('"', "'", "")).map(([text, quote]) => {
      if (quote === "'") return `'${text.replaceAll("'", "")}'`;
      if (quote === '"') return `"${text.replace(/["\\$`]/g, "\\$&")}"`;
      return text.replace(/[^A-Za-z0-9_./-]/g, "");
    });
    fc.assert(
      fc.property(fc.array(quoted, { minLength: 1, maxLength: 30 }), (words) => {
        const text = words.map((word, index) => `V${index}=${word}`).join("\n");
        const show = words.map((_, index) => `"$V${index}"`).join(" ");
        const shell = execFileSync("/bin/sh", ["-c", `${text}\nprintf '%s\\0' ${show}`], { encoding: "utf8" });
        const fields = parseOsRelease(text);
        expect(words.map((_, index) => fields.get(`V${index}`))).toEqual(shell.split("\0").slice(0, -1));
      }),
      { numRuns: 40 },
    );
  });
});

describe("platformFrom", () => {
  test.each([
    ['ID=debian\nVERSION_ID="12"', {}, "debian-12-amd64"],
    ['ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"', { nodeArch: "arm64", machine: "aarch64" }, "ubuntu-24.04-arm64"],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID=22', {}, "linuxmint-22-amd64"],
    // A 32-bit system under a 64-bit kernel.
    ["ID=debian\nVERSION_ID=12", { nodeArch: "ia32", machine: "x86_64" }, "debian-12-i386"],
    ["ID=debian\nVERSION_ID=12", { nodeArch: "sparc64", machine: "sparc64" }, "debian-12-sparc64"],
    ["ID=arch", {}, "arch-x86_64"],
    ["ID=arch\nBUILD_ID=rolling", { nodeArch: "arm64", machine: "aarch64" }, "arch-aarch64"],
    ["NAME=x", {}, "linux-x86_64"],
    ["", {}, "linux-x86_64"],
    ["ID='../etc'\nVERSION_ID='1 2'", {}, "linux-x86_64"],
  ])("%j is %j", (text, more, platform) => {
    expect(platformFrom(text, { ...facts, ...more })).toMatchObject({ platform, hostname: "box" });
  });

  test("a rolling distribution has no version", () => {
    expect(platformFrom("ID=arch", facts)).toEqual({
      id: "arch",
      arch: "x86_64",
      platform: "arch-x86_64",
      hostname: "box",
    });
  });
});

test("this machine is what its own tools say", () => {
  const platform = readPlatform();
  const shell = (script: string) => execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" }).trim();
  expect(platform.hostname).toBe(shell("uname -n"));
  expect(platform.id).toBe(shell(". /etc/os-release; echo $ID"));
  expect(platform.versionId ?? "").toBe(shell(". /etc/os-release; echo $VERSION_ID"));
  expect(platform.arch).toBe(existsSync("/usr/bin/dpkg") ? shell("dpkg --print-architecture") : shell("uname -m"));
});
