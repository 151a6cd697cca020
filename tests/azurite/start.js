// Starts Azurite with two changes. It ends with whoever started it, also where that one was killed:
// its standard input ends then. And it finds a blob by its name: LokiJS narrows a query by the index
// of the first field only, and Azurite puts the account first, which all blobs share, so that every
// request would look at every blob (22 ms each with 20,000 of them).
"use strict";

const { Collection } = require("lokijs");

const findOne = Collection.prototype.findOne;
Collection.prototype.findOne = function (query) {
  if (query && query.name !== undefined) {
    return findOne.call(this, { name: query.name, ...query });
  }
  return findOne.call(this, query);
};

process.stdin.on("end", () => process.exit(0)).resume();
require("azurite/dist/src/blob/main.js");
