// Starts Azurite with three changes. It ends with whoever started it, also where that one was killed:
// its standard input ends then. It finds a blob by its name: LokiJS narrows a query by the index of
// the first field only, and Azurite puts the account first, which all blobs share, so that every
// request would look at every blob (22 ms each with 20,000 of them). And it does not collect what
// was written over: with 30,000 blobs that is a silence of more than a minute, every ten minutes.
"use strict";

const { Collection } = require("lokijs");

const findOne = Collection.prototype.findOne;
Collection.prototype.findOne = function (query) {
  if (query && query.name !== undefined) {
    return findOne.call(this, { name: query.name, ...query });
  }
  return findOne.call(this, query);
};

require("azurite/dist/src/blob/utils/constants").DEFAULT_GC_INTERVAL_MS = 24 * 3600 * 1000;

process.stdin.on("end", () => process.exit(0)).resume();
require("azurite/dist/src/blob/main.js");
