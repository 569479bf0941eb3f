// Package jobs holds what can be asked of leadscore, one file a job, and the job file: everything that the data engineer decides.
//
//	job.yaml ─ ParseJob ─▶ Job ─┐
//	flags ─────────────────────▶├─ Prepare ─▶ pipeline.Spec ─▶ pipeline.Run ─▶ Summary
//	model.yaml ─ model.Parse ───┘
//	folder of a published run ─ published.Run ─┬─ Contact ─▶ Card
//	                                           └─ NewList ─▶ List ─▶ rows, for export or a table
//
// A job writes to no terminal and knows no flags: commands hand it values and show what it returns. What a person wrote
// wrongly comes back as a Refusal that carries every diagnostic; ExitCode turns any error into the code the process ends with.
package jobs
