// Runs SQL with DuckDB and prints the rows of the last statement as one JSON array. It stands in for the duckdb program
// where only its npm package is at hand:
//
//   npm install --prefix FOLDER @duckdb/node-api
//   LEADSCORE_DUCKDB=FOLDER node scripts/duckdb/query.mjs < query.sql
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const { DuckDBInstance } = createRequire(join(resolve(process.env.LEADSCORE_DUCKDB), "package.json"))("@duckdb/node-api");
const connection = await (await DuckDBInstance.create(":memory:")).connect();
const rows = await (await connection.runAndReadAll(readFileSync(0, "utf8"))).getRowObjectsJson();
console.log(JSON.stringify(rows));
