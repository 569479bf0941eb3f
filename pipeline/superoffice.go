package pipeline

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/pipeline/export"
	"leadscore/pipeline/published"
	"leadscore/transforms/filter"
	"leadscore/transforms/match"
)

// toSuperOffice writes a file for the import of SuperOffice, of the contacts that it knows: who has its id and an e-mail address, by which
// it finds the person. The others go to a file of rejects.
//
// SuperOffice imports Excel files, whose columns are matched with its fields by hand or by a saved mapping, and finds duplicates by Contact: ID or
// by Contact: Email (docs.superoffice.com, Import from Excel, Configure import settings). The client for Windows imports text files of any delimiter.
type toSuperOffice struct {
	run     *run
	extract *extract
	id      int // among the columns that are read
	email   int
	rejects *extractFile
}

// The reasons of rejects.
const (
	noExternalID = "no_external_id"
	noEmail      = "no_email"
	neither      = "no_external_id_and_no_email"
)

func (s *toSuperOffice) begin(ctx context.Context, _ *published.Run, asked export.Header, format string) (h export.Header, _ string, err error) {
	text := arrow.DataType(arrow.BinaryTypes.String)
	so := s.extract.SuperOffice
	s.id, s.email = s.extract.place(so.ExternalID), s.extract.place(so.Email)
	h = asked
	h.Names = append(so.columns(), asked.Names...)
	h.Types = append([]arrow.DataType{text, text, text}, asked.Types...)
	h.Spreadsheet = format == "csv"
	rejected := export.Header{Names: []string{"contact_id", "reason"}, Types: []arrow.DataType{s.extract.idType, text}, Raw: h.Raw, Spreadsheet: h.Spreadsheet}
	s.rejects, err = s.run.createExtract(ctx, s.extract.rejectsTable(), format, rejected)
	return h, format, err
}

// columns are the names of the columns that the file begins with: two fields of SuperOffice's, and what the contacts are to be put into.
func (so *SuperOffice) columns() []string {
	return []string{"Contact: ID", "Contact: Email", strings.ToUpper(so.Target[:1]) + so.Target[1:] + ": Name"}
}

// place gives the place among the columns that are read of one that was checked.
func (x *extract) place(column string) int {
	refs, _ := filter.Columns("", column, x.schema)
	return x.need(refs[0])
}

func (s *toSuperOffice) admit(batch *extractRows) ([]bool, error) {
	may := make([]bool, batch.rows)
	id, email := batch.read[s.id], batch.read[s.email]
	reason := published.NewColumn("reason", arrow.BinaryTypes.String)
	var rejected []int32
	for row := range batch.rows {
		noID, noMail := match.Missing([]byte(id.Text(row))), match.Missing([]byte(email.Text(row)))
		if may[row] = !noID && !noMail; may[row] {
			continue
		}
		rejected = append(rejected, int32(row))
		switch {
		case noID && noMail:
			reason.AppendText(neither)
		case noID:
			reason.AppendText(noExternalID)
		default:
			reason.AppendText(noEmail)
		}
	}
	ids := published.NewColumn("contact_id", batch.ids.Type)
	ids.AppendRows(batch.ids, rejected)
	return may, s.rejects.write([]*published.Column{ids, reason}, len(rejected))
}

func (s *toSuperOffice) deliver(batch *extractRows, asked []*published.Column) error {
	id, email, name := published.NewColumn("id", arrow.BinaryTypes.String), published.NewColumn("email", arrow.BinaryTypes.String), published.NewColumn("name", arrow.BinaryTypes.String)
	for row := range batch.rows {
		id.AppendText(strings.TrimSpace(batch.read[s.id].Text(row)))
		email.AppendText(strings.TrimSpace(batch.read[s.email].Text(row)))
		name.AppendText(s.extract.SuperOffice.Name)
	}
	batch.out = append([]*published.Column{id, email, name}, asked...)
	return nil
}

func (s *toSuperOffice) end(context.Context, func([]*published.Column, int) error) error {
	rejected, err := s.rejects.finish()
	if err == nil {
		s.extract.summary.Rejected = &rejected.Rows
	}
	return err
}

func (s *toSuperOffice) abort() error {
	if s.rejects == nil {
		return nil
	}
	return s.rejects.abort()
}
