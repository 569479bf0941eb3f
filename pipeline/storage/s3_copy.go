package storage

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// copyPieceBytes is how much of an object one request copies: the limit of S3 is 5 GiB.
const copyPieceBytes = 1 << 30

// copy copies on the side of the store, as a multipart upload whose pieces are ranges of the source: its completion takes
// the condition that a plain copy does not know everywhere.
func (s *s3store) copy(ctx context.Context, from Object, to string) (unsure bool, err error) {
	if from.Size == 0 { // of which there are no pieces
		_, err := s.put(ctx, to, nil, None)
		return false, err
	}
	u := &s3Upload{s3store: s, ctx: ctx, key: to}
	if err := u.begin(""); err != nil {
		return false, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, u.abandon())
		}
	}()
	segments := strings.Split(from.Path, "/")
	for i, segment := range segments {
		segments[i] = url.PathEscape(segment)
	}
	source, etag := s.name+"/"+strings.Join(segments, "/"), etagOf(from.Version)
	for at := int64(0); at < from.Size; at += copyPieceBytes {
		number, span := int32(len(u.parts)+1), fmt.Sprintf("bytes=%d-%d", at, min(at+copyPieceBytes, from.Size)-1)
		err := u.ask(func() error {
			out, err := s.client.UploadPartCopy(ctx, &s3.UploadPartCopyInput{Bucket: &s.name, Key: &to, UploadId: u.id, PartNumber: &number,
				CopySource: &source, CopySourceRange: &span, CopySourceIfMatch: &etag})
			if err == nil {
				u.parts = append(u.parts, types.CompletedPart{ETag: out.CopyPartResult.ETag, PartNumber: &number})
			}
			return err
		})
		if err != nil {
			return false, err
		}
	}
	_, unsure, err = u.commit()
	return unsure, err
}
