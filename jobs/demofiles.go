package jobs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// How the demo base lies on disk: the exports of three systems that never agreed on a format.
//
//	exports/contacts/contacts-N.parquet   the customer-relationship system
//	exports/web/web-N.parquet             the web tracker: microseconds, questions and answers of forms
//	exports/mail/mail-N.parquet           the mail system: milliseconds, other columns in another order
//	exports/members.parquet               who is in which list

// demoWebRow is a row of the web tracker's export.
type demoWebRow struct {
	EventID   *string `parquet:"event_id,optional"`
	Contact   *int64  `parquet:"contact,optional"`
	At        *int64  `parquet:"at,optional,timestamp(microsecond)"`
	Source    string  `parquet:"source,dict"`
	EventType string  `parquet:"event_type,dict"`
	Name      *string `parquet:"name,optional,dict"`
	Page      *string `parquet:"page,optional,dict"`
	Question  *string `parquet:"question,optional,dict"`
	Answer    *string `parquet:"answer,optional,dict"`
	Device    *string `parquet:"device,optional,dict"`
}

// demoMailRow is a row of the mail system's export. It has no questions, no answers and no device.
type demoMailRow struct {
	At        *int64  `parquet:"at,optional,timestamp(millisecond)"`
	Source    string  `parquet:"source,dict"`
	EventType string  `parquet:"event_type,dict"`
	Contact   *int64  `parquet:"contact,optional"`
	Name      *string `parquet:"name,optional,dict"`
	Page      *string `parquet:"page,optional,dict"`
	EventID   *string `parquet:"event_id,optional"`
}

// demoMember is a row of the list memberships.
type demoMember struct {
	Contact int64  `parquet:"contact_id"`
	List    string `parquet:"list,dict"`
	AddedAt *int64 `parquet:"added_at,optional,timestamp(microsecond)"`
}

// writeDemoBase writes all exports of a demo base below folder. advance is told how many rows more are written.
func writeDemoBase(ctx context.Context, folder string, size demoSize, advance func(rows int)) error {
	random := rand.New(rand.NewPCG(2026, 11))
	contacts, people := demoPeople(size, random)
	members := demoMembers(people, random)
	events := demoEngagements(size, people, random)
	var web []demoWebRow
	var mail []demoMailRow
	var lateMail []demoMailRow
	for i := range events {
		e := &events[i]
		switch {
		case e.Source != "mail" && e.Source != "sms":
			web = append(web, webRow(e))
		case e.late:
			lateMail = append(lateMail, mailRow(e))
		default:
			mail = append(mail, mailRow(e))
		}
	}
	mail = append(mail, lateMail...) // what the mail system had forgotten comes with its newest export
	for _, write := range []func() error{
		func() error { return writeDemoFiles(ctx, folder, "contacts/contacts-%d.parquet", 3, contacts, advance) },
		func() error { return writeDemoFiles(ctx, folder, "web/web-%d.parquet", 4, web, advance) },
		func() error { return writeDemoFiles(ctx, folder, "mail/mail-%d.parquet", 4, mail, advance) },
		func() error { return writeDemoFiles(ctx, folder, "members.parquet", 1, members, advance) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

func webRow(e *demoEngagement) demoWebRow {
	return demoWebRow{EventID: demoEventID(e.ID), Contact: filled(e.Contact), At: filled(e.At), Source: e.Source, EventType: e.Type,
		Name: filled(e.Name), Page: filled(e.Page), Question: filled(e.Question), Answer: filled(e.Answer), Device: filled(e.Device)}
}

func mailRow(e *demoEngagement) demoMailRow {
	return demoMailRow{EventID: demoEventID(e.ID), Contact: filled(e.Contact), At: filled(e.At / 1000), Source: e.Source, EventType: e.Type,
		Name: filled(e.Name), Page: filled(e.Page)}
}

// demoMembers puts people into lists; some memberships name people who are gone.
func demoMembers(people []demoPerson, random *rand.Rand) []demoMember {
	lists := []struct {
		name  string
		share int // of 1000
	}{{"Partners", 12}, {"Customers", 45}, {"Competitors", 4}, {"Trade fair Göteborg", 60}, {"Do not call", 20}}
	var members []demoMember
	for _, p := range people {
		for _, l := range lists {
			if random.IntN(1000) >= l.share {
				continue
			}
			added := demoStart.AddDate(0, 0, random.IntN(demoDays)).UnixMicro()
			m := demoMember{Contact: p.id, List: l.name, AddedAt: &added}
			if random.IntN(10) == 0 {
				m.AddedAt = nil
			}
			if random.IntN(50) == 0 {
				m.Contact = 900_000_000 + p.id
			}
			members = append(members, m)
		}
	}
	return members
}

// writeDemoFiles splits rows over so many files.
func writeDemoFiles[T any](ctx context.Context, folder, pattern string, files int, rows []T, advance func(rows int)) error {
	for i := range files {
		name := pattern
		if files > 1 {
			name = fmt.Sprintf(pattern, i+1)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		part := rows[len(rows)*i/files : len(rows)*(i+1)/files]
		if err := writeDemoFile(filepath.Join(folder, filepath.FromSlash(name)), part); err != nil {
			return fmt.Errorf("cannot write the demo base: %w", err)
		}
		advance(len(part))
	}
	return nil
}

func writeDemoFile[T any](path string, rows []T) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if closing := file.Close(); err == nil {
			err = closing
		}
	}()
	writer := parquet.NewGenericWriter[T](file, parquet.Compression(&zstd.Codec{}), parquet.CreatedBy("leadscore demo", "1", ""),
		parquet.MaxRowsPerRowGroup(100_000))
	for len(rows) > 0 {
		n, err := writer.Write(rows[:min(len(rows), 4096)])
		if err != nil {
			return err
		}
		rows = rows[n:]
	}
	return writer.Close()
}

// filled points at v, or nowhere for the zero value.
func filled[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
