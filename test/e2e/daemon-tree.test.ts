import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import { createDaemonLab, type DaemonLab, isInForce, type Said } from "../support/daemon-omg-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { until } from "../support/until.ts";

const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS, "apt-utils");

let lab: DaemonLab;
beforeEach(async () => {
  if (HERE) lab = await createDaemonLab();
});
afterEach(() => lab?.close());

const DENYING = 'version = 1\n[packages]\ndeny = ["omg-eda"]\n';
const isTold = ({ text }: Said) =>
  text.endsWith("was not as the commit has it, which alone counts: it was written anew");

/** A lock as a person would leave it who takes everything out that names a package. */
const without = (name: string, lock: string) =>
  lock
    .split("\n")
    .filter((line) => !line.includes(name))
    .join("\n");

describe.runIf(HERE)("files of a commit that somebody edits where omgd laid them out", () => {
  it("count as the commit has them: at once, at the next start, and while another commit is newer", async () => {
    const first = await lab.publish({ "omg-app": "2.0", "omg-script": "1.0" }, { "policy.toml": DENYING });
    let omgd = lab.start();
    await omgd.hears(isInForce(first));
    const signed = readFileSync(lab.lock, "utf8");
    const edited = without("omg-script", signed);
    expect(edited).not.toBe(signed);

    writeFileSync(lab.lock, edited);
    await omgd.hears(isTold);
    expect(readFileSync(lab.lock, "utf8")).toBe(signed);
    await lab.machine.apt.dpkg("--remove", "omg-script");
    await until(async () => (await lab.installed())["omg-script"] === "1.0", 60_000);

    await omgd.stop();
    writeFileSync(lab.lock, edited);
    rmSync(lab.follow.place("state", "daemon", "current", "policy.toml"));
    await lab.machine.apt.dpkg("--remove", "omg-script");
    // What was fetched before is enough.
    lab.configure({ "roll-forward": "report" });
    // Another than what the machine has, which would come into force as applied by hand.
    const second = await lab.publish({ "omg-app": "2.1" });
    omgd = lab.start();
    await omgd.hears(isTold);
    await until(async () => (await lab.installed())["omg-script"] === "1.0", 60_000);
    await omgd.hears(({ about, text }) => about === "newest" && text.startsWith(second.slice(0, 12)));
    const tree = lab.follow.place("state", "daemon", "trees", first);
    expect(readFileSync(`${tree}/omg.lock`, "utf8")).toBe(signed);
    expect(readFileSync(`${tree}/policy.toml`, "utf8")).toBe(DENYING);
    expect(omgd.stderr()).toBe("");
  });

  it("are not written by a command that edits a lock", async () => {
    await lab.publish({ "omg-app": "2.0" });
    await lab.follow.json(0, "daemon", "fetch");
    const signed = readFileSync(lab.lock, "utf8");
    for (const args of [
      ["install", "omg-script", "--yes"],
      ["remove", "omg-app", "--yes"],
      ["update", "--yes"],
      ["pin", "omg-app=2.1"],
      ["lock"],
    ])
      expect(await lab.follow.json(4, ...args, "--lock", lab.lock)).toMatchObject({
        error: { code: "lock-followed", hint: expect.stringContaining("push") },
      });
    expect(await lab.follow.json(4, "env", "capture", lab.lock, "--force")).toMatchObject({
      error: { code: "lock-followed" },
    });
    expect(readFileSync(lab.lock, "utf8")).toBe(signed);
    expect(await lab.installed()).toEqual({});
  });
});
