import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { changeableByOthers } from "../../host/trusted-path.ts";

const NOBODY = 65534;

describe.runIf(process.getuid?.() === 0)("what others than root could change", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-trust-"));
    mkdirSync(join(folder, "bin"), { mode: 0o755 });
    file = join(folder, "bin", "program");
    writeFileSync(file, "", { mode: 0o755 });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is nothing of root's own, also below a folder that is everybody's and sticky, as /tmp is", () => {
    expect(changeableByOthers([file, "/usr/bin"])).toBeUndefined();
  });

  it.each(["bin/program", "bin", "."])("is %s when it is another's, or others may write it", (name) => {
    const path = join(folder, name);
    chownSync(path, NOBODY, 0);
    expect(changeableByOthers([file])).toBe(path);
    chownSync(path, 0, 0);
    for (const mode of [0o775, 0o757]) {
      chmodSync(path, mode);
      expect(changeableByOthers(["/usr/bin", file])).toBe(path);
    }
  });

  it("is a file with a sticky bit too, where it means nothing", () => {
    chmodSync(file, 0o1777);
    expect(changeableByOthers([file])).toBe(file);
  });
});
