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

/** Less than the minute after which git itself gives such a server up. */
const SHORT_MS = 30_000;

describe.runIf(HERE)("a repository's server that takes questions and says nothing", () => {
  it("keeps omgd neither from noticing what moves nor from putting it back, and is asked again", async () => {
    const { repo } = lab.follow;
    lab.configure({ repository: repo.url });
    const first = await lab.publish({ "omg-app": "2.0", "omg-script": "1.0" });
    const omgd = lab.start();
    await omgd.hears(isInForce(first));

    repo.hush(true);
    const second = await lab.publish({ "omg-app": "2.0", "omg-script": "1.0", "omg-eda": "1.0" });
    const before = repo.requests.length;
    omgd.child.kill("SIGHUP");
    await until(() => repo.requests.length > before);
    await lab.machine.apt.dpkg("--remove", "omg-script");
    await until(() => omgd.said.some(({ text }) => text === "drifted: 1 difference"), SHORT_MS);
    await until(() => repo.requests.length > before + 1);
    repo.hush(false);
    await until(async () => (await lab.installed())["omg-script"] === "1.0", SHORT_MS);
    await omgd.hears(isInForce(second));
    expect(await lab.installed()).toHaveProperty("omg-eda");
    expect(omgd.said.filter(({ problem }) => problem !== undefined)).toEqual([]);
    expect(omgd.stderr()).toBe("");
  });

  it("keeps a start from nothing", async () => {
    const { repo } = lab.follow;
    lab.configure({ repository: repo.url });
    const commit = await lab.publish({ "omg-app": "2.0", "omg-script": "1.0" });
    const earlier = lab.start();
    await earlier.hears(isInForce(commit));
    await earlier.stop();
    await lab.machine.apt.dpkg("--remove", "omg-script");
    repo.hush(true);
    lab.start();
    await until(async () => (await lab.installed())["omg-script"] === "1.0", 1.5 * SHORT_MS);
  });
});
