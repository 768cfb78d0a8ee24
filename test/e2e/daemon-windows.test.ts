import { mkdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import { createDaemonLab, type DaemonLab, isInForce } from "../support/daemon-omg-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { until } from "../support/until.ts";

const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS, "apt-utils");

let lab: DaemonLab;
beforeEach(async () => {
  if (HERE) lab = await createDaemonLab();
});
afterEach(() => lab?.close());

/** Half a year away, whenever this runs. */
const FAR = `0 0 15 ${((new Date().getUTCMonth() + 6) % 12) + 1} *`;
const window = (opens: string, more = "") => `[[daemon.windows]]\nopens = "${opens}"\nminutes = 1000\n${more}`;
const inPolicy = (opens: string) => `version = 1\n[[windows]]\nopens = "${opens}"\nminutes = 1000\n`;

describe.runIf(HERE)("omgd's windows", () => {
  it("hold up what they are for, each for itself, and say when they open", async () => {
    const first = await lab.publish({ "omg-app": "2.0" });
    lab.configure({}, window(FAR, 'for = ["drift"]\n'));
    const omgd = lab.start();
    await omgd.hears(isInForce(first));
    await lab.machine.apt.dpkg("--remove", "omg-app");
    await omgd.hears(({ text }) => text === "drifted: 1 difference, and stays so: no window is open");
    const { tellings } = await lab.follow.json(0, "daemon", "status");
    expect(tellings).toContainEqual({
      about: "windows",
      tone: "dim",
      text: expect.stringMatching(/^drift: closed until \d{4}-\d\d-15 00:00 UTC$/),
    });
    expect(await lab.installed()).not.toHaveProperty("omg-app");
    // A newer commit is applied at any time, and brings back what moved.
    const second = await lab.publish({ "omg-app": "2.1" });
    omgd.child.kill("SIGHUP");
    await omgd.hears(isInForce(second));
    expect(await lab.installed()).toMatchObject({ "omg-app": "2.1" });

    lab.configure({}, window(FAR, 'for = ["roll-forward"]\n'));
    await omgd.hears(({ about, text }) => about === "windows" && text.startsWith("roll-forward: closed until"));
    const third = await lab.publish({ "omg-app": "2.0" });
    omgd.child.kill("SIGHUP");
    await omgd.hears(
      ({ text }) => text.startsWith(third.slice(0, 12)) && /waits, for no window is open: \d/.test(text),
    );
    await lab.machine.apt.dpkg("--remove", "omg-app");
    await until(async () => (await lab.installed())["omg-app"] === "2.1", 60_000);
  });

  it("of any policy narrow those of config.toml", async () => {
    lab.configure({}, window("* * * * *"));
    const first = await lab.publish({ "omg-app": "2.0" }, { "policy.toml": inPolicy("* * * * *") });
    const omgd = lab.start();
    await omgd.hears(isInForce(first));
    mkdirSync(lab.follow.place("config"), { recursive: true });
    writeFileSync(lab.follow.place("config", "policy.toml"), inPolicy(FAR));
    await omgd.hears(({ about, text }) => about === "windows" && text.includes("closed until"));
    const second = await lab.publish({ "omg-app": "2.1" });
    omgd.child.kill("SIGHUP");
    await omgd.hears(
      ({ text }) => text.startsWith(second.slice(0, 12)) && text.includes("waits, for no window is open"),
    );
    writeFileSync(lab.follow.place("config", "policy.toml"), "version = 1\n");
    await omgd.hears(isInForce(second));
  });

  it("of a commit's policy count until their loss is accepted here, and hold up no person", async () => {
    lab.configure({ drift: "report" });
    const first = await lab.publish({ "omg-app": "2.0" });
    const omgd = lab.start();
    await omgd.hears(isInForce(first));
    const third = await lab.publish({ "omg-app": "2.0", "omg-eda": "1.0" }, { "policy.toml": inPolicy(FAR) });
    omgd.child.kill("SIGHUP");
    await omgd.hears(
      ({ text }) => text.startsWith(third.slice(0, 12)) && text.includes("waits, for no window is open"),
    );
    // While it looks at the machine, the lock's path leads to the commit in force.
    await lab.look(omgd);
    // A person is not held up; from then on that policy counts.
    expect((await lab.follow.omg("apply", "--yes", "--locked", "--lock", lab.lock)).code).toBe(0);
    const fourth = await lab.publish({ "omg-app": "2.0" }, { "policy.toml": undefined });
    omgd.child.kill("SIGHUP");
    await omgd.hears(
      ({ text }) => text.startsWith(fourth.slice(0, 12)) && text.includes("waits, for no window is open"),
    );
    expect(await lab.installed()).toHaveProperty("omg-eda");
    await lab.look(omgd);
    await lab.follow.json(0, "policy", "accept", "--yes", "--lock", lab.lock);
    omgd.child.kill("SIGHUP");
    await omgd.hears(isInForce(fourth));
  });

  it("open by themselves, and a schedule asks the repository", async () => {
    const soon = new Date(Date.now() + 90_000);
    const [hour, minute] = [soon.getUTCHours(), soon.getUTCMinutes()];
    lab.configure({}, window(`${minute} ${hour} * * *`));
    const first = await lab.publish({ "omg-app": "2.0" });
    const omgd = lab.start();
    // Where this machine is slow, it has opened before omgd looks.
    await until(() => omgd.said.some(isInForce(first)), 200_000);
    expect(Date.now()).toBeGreaterThanOrEqual(soon.setUTCSeconds(0, 0));
    lab.configure({ schedule: "* * * * *" });
    await omgd.hears(({ about, text }) => about === "windows" && text.startsWith("none"));
    await lab.look(omgd);
    const second = await lab.publish({ "omg-app": "2.1" });
    await until(() => omgd.said.some(isInForce(second)), 200_000);
  }, 480_000);
});

describe.runIf(HERE)("omgd's modes", () => {
  const only = (table: string) => `version = 1\n[${table}]\nmode = "report"\n`;

  it("are no more than policies leave, each for itself, until their loss is accepted", async () => {
    lab.configure({});
    const first = await lab.publish({ "omg-app": "2.0" }, { "policy.toml": only("drift") });
    const omgd = lab.start();
    await omgd.hears(isInForce(first));
    await lab.machine.apt.dpkg("--remove", "omg-app");
    await omgd.hears(
      ({ text }) => text === 'drifted: 1 difference, and stays so: policy.toml says that drift is "report"',
    );
    expect(await lab.installed()).not.toHaveProperty("omg-app");

    const second = await lab.publish({ "omg-app": "2.1" }, { "policy.toml": only("roll-forward") });
    omgd.child.kill("SIGHUP");
    await omgd.hears(
      ({ text }) =>
        text.startsWith(second.slice(0, 12)) &&
        /waits, for policy\.toml says that roll-forward is "report": \d/.test(text),
    );
    expect(await lab.installed()).not.toHaveProperty("omg-app");

    // What was in force had drift reported alone: a commit without that asks for less, and until it is accepted here that stays so.
    const third = await lab.publish({ "omg-app": "2.1" }, { "policy.toml": undefined });
    omgd.child.kill("SIGHUP");
    await omgd.hears(isInForce(third));
    const before = omgd.said.length;
    await lab.machine.apt.dpkg("--remove", "omg-app");
    await until(() =>
      omgd.said.slice(before).some(({ text }) => text?.includes("policy.toml says that drift") === true),
    );
    await lab.follow.json(0, "policy", "accept", "--yes", "--lock", lab.lock);
    omgd.child.kill("SIGHUP");
    await until(async () => (await lab.installed())["omg-app"] === "2.1", 60_000);
  });

  it("of a machine's policy hold for every commit", async () => {
    lab.configure({});
    mkdirSync(lab.follow.place("config"), { recursive: true });
    writeFileSync(lab.follow.place("config", "policy.toml"), only("roll-forward"));
    const first = await lab.publish(
      { "omg-app": "2.0" },
      { "policy.toml": 'version = 1\n[roll-forward]\nmode = "apply"\n' },
    );
    const omgd = lab.start();
    await omgd.hears(
      ({ text }) => text.startsWith(first.slice(0, 12)) && text.includes("policy.toml says that roll-forward"),
    );
    writeFileSync(lab.follow.place("config", "policy.toml"), "version = 1\n");
    await omgd.hears(isInForce(first));
  });
});
