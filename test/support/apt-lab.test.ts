import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AptLab, createAptLab, LAB_NEEDS } from "./apt-lab.ts";
import { needs } from "./needs.ts";

describe.runIf(needs(...LAB_NEEDS))("the apt lab", () => {
  let lab: AptLab;
  beforeAll(async () => {
    lab = await createAptLab();
  }, 60_000);
  afterAll(() => lab.dispose());

  test("real apt installs from the signed repository into the isolated root, and nowhere else", async () => {
    const before = lab.snapshot();
    expect(await lab.aptOk("install", "omg-app=2.0")).toContain("Setting up omg-app (2.0)");
    expect(lab.snapshot()).not.toBe(before);
    expect(
      Object.fromEntries(
        [...(await lab.installed())].map(([name, { version, status }]) => [name, `${status} ${version}`]),
      ),
    ).toEqual({
      "omg-app": "ii 2.0",
      "omg-base": "ii 1.0",
      "omg-extra": "ii 1.0",
      "omg-lib": "ii 1.1",
    });
    expect(await lab.marks()).toEqual({ manual: ["omg-app"], auto: ["omg-base", "omg-extra", "omg-lib"], hold: [] });
    const host = await lab.dpkg("--root=/", "-s", "omg-app");
    expect(host.code).toBe(1);
  });

  test("a withdrawn version is gone after the next update", async () => {
    lab.withdraw("omg-lib", "1.0");
    await lab.publish();
    await lab.aptOk("update");
    expect((await lab.apt("-s", "install", "omg-lib=1.0")).stderr).toContain(
      "Version '1.0' for 'omg-lib' was not found",
    );
  });

  test("a served repository can fail on demand", async () => {
    const server = await lab.serve();
    await lab.aptOk("update");
    server.fail({ match: /omg-epoch/, kind: "missing" });
    expect((await lab.apt("install", "omg-epoch")).code).toBe(100);
    server.fail({ match: /omg-epoch/, kind: "corrupt" });
    expect((await lab.apt("install", "omg-epoch")).stderr).toContain("Hash Sum mismatch");
    server.fail();
    await lab.aptOk("install", "omg-epoch");
    expect((await lab.installed()).get("omg-epoch")?.version).toBe("1:0.5");
  });
});
