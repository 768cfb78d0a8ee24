import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, OMG } from "../support/omg-lab.ts";
import { shellSession } from "../support/shell-session.ts";

it.runIf(needs("apt", "apt-utils", "dpkg", "gpg", "bash", "root"))(
  "a prompt shows what omg check has just found, and no longer once it is repaired",
  async () => {
    const lab = await createOmgLab({ packages: [{ name: "omg-app", version: "1.0" }] });
    try {
      await lab.apt.serve();
      await lab.apt.aptOk("update");
      lab.writeLock(lockOf({ "omg-app": "*" }));
      await lab.expect(0, "apply", "--yes");
      const piece = join(lab.project, "prompt.bash");
      writeFileSync(piece, (await lab.expect(0, "prompt", "bash")).stdout);
      const env = { ...lab.env, PATH: `${dirname(OMG)}:${lab.env.PATH}` };
      const shell = await shellSession("bash --norc --noprofile -i", "", { env, cwd: lab.project });
      await shell.type("PS1='<$?>:'", "<0>:");
      expect(await shell.type(`. ${piece}`, "<0>:")).not.toContain("drift");
      await lab.apt.aptOk("remove", "omg-app");
      await lab.expect(2, "check");
      expect(await shell.type("false", "<1>:")).toContain("drift 1");
      await lab.expect(0, "apply", "--yes");
      expect(await shell.type("true", "<0>:")).not.toContain("drift");
      await shell.end();
    } finally {
      await lab.dispose();
    }
  },
);
