import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tarEntries, tarOf } from "../../host/tar-in-memory.ts";

const LONG = `${"long-".repeat(28)}name-1.0-1/desc`;
const FILES = { "a-1.0-1/desc": "%NAME%\na\n", "b-2:1.0-1/desc": "x".repeat(1000), [LONG]: "far\n", empty: "" };

describe("tar archives", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-tar-"));
    for (const [name, content] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, "in", name)), { recursive: true });
      writeFileSync(join(folder, "in", name), content);
    }
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each(["gnu", "pax", "ustar", "posix"])("of the real tar are read, %s", (format) => {
    const archive = join(folder, "out.tar");
    execFileSync("tar", [`--format=${format}`, "-cf", archive, "-C", join(folder, "in"), ...Object.keys(FILES)]);
    const found = [...tarEntries(readFileSync(archive))].map(({ name, content }) => [name, content.toString()]);
    expect(Object.fromEntries(found)).toEqual(FILES);
  });

  it("of ours are read by the real tar", () => {
    const archive = join(folder, "ours.tar");
    writeFileSync(archive, tarOf(FILES));
    mkdirSync(join(folder, "back"));
    execFileSync("tar", ["-xf", archive, "-C", join(folder, "back")]);
    for (const [name, content] of Object.entries(FILES))
      expect(readFileSync(join(folder, "back", name), "utf8")).toBe(content);
  });

  it("that are damaged, cut off or none at all are refused", () => {
    const whole = tarOf(FILES);
    const damaged = Buffer.from(whole);
    damaged[3] = 0x41;
    for (const bytes of [damaged, whole.subarray(0, 700), Buffer.from("x".repeat(1024)), Buffer.alloc(0)])
      expect(() => [...tarEntries(bytes)].length).toThrow(RangeError);
  });
});
