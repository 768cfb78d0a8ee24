// Apart from start.js because old versions of Node cannot parse `import()`.
"use strict";

const { pathToFileURL } = require("node:url");

function load(bundle) {
  import(pathToFileURL(bundle)).catch((error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  });
}

module.exports = { load };
