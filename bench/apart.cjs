// Preloaded into omg (rows/changes.ts): says at the end how long the processes ran that omg started.
"use strict";

const { subscribe } = require("node:diagnostics_channel");
const { writeSync } = require("node:fs");

let count = 0;
let ran = 0;

subscribe("child_process", ({ process: child }) => {
  let started = 0;
  // What it takes to start one is omg's.
  child.once("spawn", () => {
    started = performance.now();
  });
  child.once("exit", () => {
    count += 1;
    ran += performance.now() - started;
  });
});
process.once("exit", () => writeSync(2, `started processes: ${count}, which ran ${ran.toFixed(1)} ms\n`));
