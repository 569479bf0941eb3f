package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadscore/jobs"
	"leadscore/pipeline"
	"leadscore/pipeline/published"
	"leadscore/pipeline/storage"
	"leadscore/pipeline/storage/storagetest"
	"leadscore/pipeline/storage/storagetest/servers"
)

// scored runs the program and gives its summary.
func scored(t *testing.T, args ...string) pipeline.Summary {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), append([]string{"score", "--json"}, args...), os.Environ(), strings.NewReader(""), &stdout, &stderr); code != 0 {
		t.Fatalf("leadscore score %s: exit code %d\n%s", strings.Join(args, " "), code, stderr.String())
	}
	for _, secret := range servers.Secrets {
		if strings.Contains(stdout.String()+stderr.String(), secret) {
			t.Errorf("the run tells the secret %s:\n%s%s", secret, stdout.String(), stderr.String())
		}
	}
	var s pipeline.Summary
	if err := json.Unmarshal(stdout.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// published gives the tables below an address by their paths, with the run's id replaced where it stands.
func publishedParts(t *testing.T, address, run string) map[string]string {
	t.Helper()
	store, root, err := storage.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]string{}
	paths := append(storagetest.Paths(t, store, root, "*/dt=*/*.parquet"), storagetest.Paths(t, store, root, "extracts/*/dt=*/*")...)
	for _, path := range paths {
		data := storagetest.Get(t, store, storage.Join(root, path))
		tables[strings.ReplaceAll(path, run, "RUN")] = strings.ReplaceAll(string(data), run, "RUN")
	}
	if len(tables) < 7 {
		t.Fatalf("%s holds %d parts only", address, len(tables))
	}
	return tables
}

// noSecrets makes sure that nothing that is published has credentials in it: tables, manifests, pointers.
func noSecrets(t *testing.T, address string) {
	t.Helper()
	store, root, err := storage.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	manifests := 0
	paths := append(storagetest.Paths(t, store, root, "published/**"), storagetest.Paths(t, store, root, "published/_*/**")...)
	for _, path := range paths {
		data := storagetest.Get(t, store, storage.Join(root, path))
		if bytes.Contains(data, []byte(address+"/exports/members.parquet")) {
			manifests++ // and those tell where the inputs lie
		}
		for _, secret := range servers.Secrets {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds the secret %s", path, secret)
			}
		}
	}
	if manifests == 0 {
		t.Error("no manifest names the inputs")
	}
}

// upload copies a folder to a store.
func upload(t *testing.T, folder, address string) {
	t.Helper()
	store, root, err := storage.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, file)
		if err == nil {
			storagetest.Put(t, store, storage.Join(root, filepath.ToSlash(name)), data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The demo base is scored from and to object stores, and the tables are, byte for byte, those of the local disk: all of them where
// the inputs are the same; where these lie elsewhere, all but the run's id and the names of files among the rejects.
func TestStores(t *testing.T) {
	if testing.Short() {
		t.Skip("scores the demo base many times")
	}
	demo := filepath.Join(t.TempDir(), "demo")
	if code := run(t.Context(), []string{"demo", demo, "--quiet"}, os.Environ(), strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{}); code != 0 {
		t.Fatal(code)
	}
	if err := os.RemoveAll(filepath.Join(demo, "published")); err != nil {
		t.Fatal(err)
	}
	handOver(t, filepath.Join(demo, "job.yaml"))
	local := scored(t, filepath.Join(demo, "job.yaml"), "--as-of", jobs.DemoAsOf)
	want := publishedParts(t, filepath.Join(demo, "published"), local.RunID)
	if err := os.RemoveAll(filepath.Join(demo, "published")); err != nil {
		t.Fatal(err)
	}
	for name, start := range servers.All {
		t.Run(name, func(t *testing.T) {
			at := start(t) + "/teams/marketing"
			upload(t, demo, at)
			job := at + "/job.yaml"
			there := scored(t, job, "--as-of", jobs.DemoAsOf)
			if there.BytesRead < there.BytesNeeded || there.BytesRead > there.BytesNeeded+there.BytesNeeded/10 {
				t.Errorf("read %d bytes, needed %d", there.BytesRead, there.BytesNeeded)
			}
			noSecrets(t, at)
			tables := publishedParts(t, at+"/published", there.RunID)
			out := filepath.Join(t.TempDir(), "out")
			here := scored(t, job, "--as-of", jobs.DemoAsOf, "--out", out, "--model", filepath.Join(demo, "model.yaml"), "--threads", "3")
			if here.RunID != there.RunID {
				t.Errorf("the same inputs have the run ids %s and %s", here.RunID, there.RunID)
			}
			sameTables(t, tables, publishedParts(t, out, here.RunID), "")
			sameTables(t, tables, want, "rejects/")
			sameReport(t, at+"/published", out)
			if again := scored(t, job, "--as-of", jobs.DemoAsOf); !again.AlreadyDone {
				t.Error("the same run was not found to be done")
			}
			sameDiff(t, job, at+"/published", out)
			sameDeliveries(t, job, at+"/published", out)
		})
	}
}

// sameReport holds that one run has the same report wherever it is published.
func sameReport(t *testing.T, there, here string) {
	t.Helper()
	var reports [2]*jobs.Report
	for i, out := range []string{there, here} {
		report, err := jobs.ReportRun(t.Context(), out, "")
		if err != nil {
			t.Fatal(err)
		}
		report.Output, report.Warnings = "", nil // which name their places
		reports[i] = report
	}
	if diff := cmp.Diff(reports[0], reports[1]); diff != "" || len(reports[0].Rules) == 0 {
		t.Errorf("reports (- in the store, + on the disk):\n%s", diff)
	}
}

// sameDiff scores one more night to both places, and holds it to have changed the same.
func sameDiff(t *testing.T, job, there, here string) {
	t.Helper()
	var sums [2]*jobs.Movement
	for i, out := range []string{there, here} {
		scored(t, job, "--as-of", "2026-11-03", "--out", out)
		d, err := jobs.NewDiff(t.Context(), jobs.DiffOptions{Out: out})
		if err != nil {
			t.Fatal(err)
		}
		if sums[i], err = d.Write(t.Context(), func([]*published.Column, int) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if cost := d.Cost(); cost.Bytes == 0 || cost.Bytes > cost.Of/10 {
			t.Errorf("read %d bytes of %d", cost.Bytes, cost.Of)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(sums[0], sums[1]); diff != "" || sums[0].Contacts == 0 {
		t.Errorf("changes (- in the store, + on the disk):\n%s", diff)
	}
}

// handOver gives a job extracts of every kind that goes from run to run, and one that does not.
func handOver(t *testing.T, job string) {
	t.Helper()
	file, err := os.OpenFile(job, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteString(`
extracts:
  - {extract: Call list, where: is_mql, columns: [contact_id, score, reasons]}
  - {extract: Lead stream, where: is_mql, columns: [contact_id, score], stream: {fetch_history: true}}
  - {extract: Ready, where: score >= 90, add_to_list: Sales ready}
`)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}

// sameDeliveries publishes the newest night anew in both places: what was delivered stays, and all is the same.
func sameDeliveries(t *testing.T, job, there, here string) {
	t.Helper()
	const file = "extracts/lead_stream/dt=2026-11-03/part-00000-RUN.csv"
	var parts [2]map[string]string
	for i, out := range []string{there, here} {
		before := scored(t, job, "--as-of", "2026-11-03", "--out", out)
		delivered := publishedParts(t, out, before.RunID)[file]
		after := scored(t, job, "--as-of", "2026-11-03", "--out", out, "--replace", "--history", "30d")
		parts[i] = publishedParts(t, out, after.RunID)
		if before.RunID == after.RunID || delivered == "" || parts[i][file] != delivered {
			t.Errorf("%s: %d bytes were delivered by run %s, and %d are there after run %s", out, len(delivered), before.RunID, len(parts[i][file]), after.RunID)
		}
	}
	sameTables(t, parts[0], parts[1], "")
}

// sameTables compares tables but those that begin with skip.
func sameTables(t *testing.T, got, want map[string]string, skip string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d parts, want %d", len(got), len(want))
	}
	for path, data := range want {
		if skip != "" && strings.HasPrefix(path, skip) {
			continue
		}
		if got[path] != data {
			t.Errorf("%s differs: %d bytes, want %d", path, len(got[path]), len(data))
		}
	}
}
