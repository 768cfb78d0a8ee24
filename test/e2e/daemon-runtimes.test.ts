import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFollowLab, type FollowLab } from "../support/daemon-lab.ts";
import { type Omgd, type Said, startOmgd } from "../support/daemon-omg-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { nodeConfig, publishNode } from "../support/node-dist.ts";
import { createRuntimeLab, type RuntimeLab } from "../support/runtime-lab.ts";
import { until } from "../support/until.ts";

const HERE = needs(...GIT_NEEDS);

let publisher: RuntimeLab;
let follow: FollowLab;
let omgd: Omgd | undefined;
beforeEach(async () => {
  if (HERE) [publisher, follow] = await Promise.all([createRuntimeLab(), createFollowLab()]);
});
afterEach(async () => {
  await omgd?.stop();
  await Promise.all([publisher?.dispose(), follow?.close()]);
});

describe.runIf(HERE)("omgd and runtimes", () => {
  it("notices that a version, all of them or a program is gone, and puts it back", async () => {
    const own = process.getuid?.() === 0 ? "user" : ".";
    publishNode(publisher, [{ version: "20.1.0" }]);
    follow.configure(
      { repository: follow.repo.fileUrl, drift: "apply", "roll-forward": "apply", poll: 86_400, backoff: 1 },
      nodeConfig(publisher),
    );
    mkdirSync(follow.place("config", own, "trust/runtimes"), { recursive: true });
    publisher.gpg.exportTo(follow.place("config", own, "trust/runtimes/node.asc"), [publisher.key], "armour");
    const path = join(follow.repo.folder, "omg.lock");
    writeFileSync(path, 'version: 1\nname: tools\nruntimes:\n  node: "20.1.0"\n');
    await follow.json(0, "lock");
    const commit = follow.repo.commit({ "omg.lock": readFileSync(path, "utf8") }, follow.alice);
    follow.repo.push();
    omgd = startOmgd(follow.env);
    const isInForce = ({ about, text }: Said) => about === "commit" && text.startsWith(commit.slice(0, 12));
    await omgd.hears(isInForce);
    const versions = follow.place("data", own, "versions/node");
    const [version, program] = [join(versions, "20.1.0"), join(versions, "20.1.0/bin/node")];
    const state = () => JSON.parse(readFileSync(follow.place("state", "daemon", "state.json"), "utf8"));
    const isSettled = () => existsSync(program) && state().doing === "waiting" && state().machine?.state === "in sync";
    await until(isSettled);
    for (const gone of [version, versions, program]) {
      if (gone === program) {
        // What is in a version is looked after from the next look at the repository on.
        omgd.child.kill("SIGHUP");
        await until(() => state().watch.includes(join(version, "bin")));
      }
      await until(isSettled);
      rmSync(gone, { recursive: true });
      await until(isSettled, 20_000);
    }
    expect(omgd.said.filter(({ text }) => text.startsWith("drifted"))).toHaveLength(3);
  });
});
