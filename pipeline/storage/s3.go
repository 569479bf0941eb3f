package storage

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// s3store is a bucket of Amazon S3 or of a store that speaks like it. Versions are ETags: a replacement by the very same
// bytes may go unnoticed, and nobody reads a mixture for it.
type s3store struct {
	client *s3.Client
	name   string
	*patience
}

// openS3 signs in as all AWS tools do: environment, shared configuration, the machine's role. AWS_ENDPOINT_URL_S3 or
// AWS_ENDPOINT_URL name another store; there the bucket stands in the path, as not all have a host name for each.
func openS3(ctx context.Context, name string, p *patience) (bucket, error) {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { tune(t, p.stall()) })
	cfg, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(client), config.WithDefaultRegion("us-east-1"))
	if err != nil {
		return nil, &Error{Op: "open", Address: "s3://" + name, Kind: ErrInvalid, Err: &cause{reason(err), err}}
	}
	if err := p.try(ctx, func() error { return signInS3(ctx, name, cfg) }); err != nil {
		return nil, err
	}
	store := &s3store{name: name, patience: p}
	store.client = s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.Retryer = aws.NopRetryer{} // patience does it
		o.UsePathStyle = o.BaseEndpoint != nil && !strings.Contains(*o.BaseEndpoint, ".amazonaws.com")
		// Our own checksums go in plain headers, which stores that do not know them ignore.
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		o.DisableLogOutputChecksumValidationSkipped = true
	})
	return store, nil
}

// signInS3 looks for credentials, so that there being none is said at once.
func signInS3(ctx context.Context, name string, cfg aws.Config) error {
	_, err := cfg.Credentials.Retrieve(ctx)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return &Error{Op: "sign in", Address: "s3://" + name, Kind: ErrUnavailable, Err: fmt.Errorf("%w: %w", ctx.Err(), context.Cause(ctx))}
	}
	return &Error{Op: "sign in", Address: "s3://" + name, Kind: ErrPermission, Err: &cause{
		"no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with AWS_PROFILE, or give the machine a role", err}}
}

func etagVersion(etag string) string { return "etag:" + strings.Trim(etag, `"`) }

// etagOf gives the ETag of a version, quoted as in HTTP.
func etagOf(version string) string { return `"` + strings.TrimPrefix(version, "etag:") + `"` }

func (s *s3store) list(ctx context.Context, prefix string, deep bool, page string) ([]Object, string, error) {
	in := &s3.ListObjectsV2Input{Bucket: &s.name, Prefix: &prefix}
	if !deep {
		in.Delimiter = aws.String("/")
	}
	if page != "" {
		in.ContinuationToken = &page
	}
	out, err := s.client.ListObjectsV2(ctx, in)
	if err != nil {
		return nil, "", err
	}
	objects := make([]Object, 0, len(out.Contents))
	for _, o := range out.Contents {
		objects = append(objects, Object{Path: aws.ToString(o.Key), Size: aws.ToInt64(o.Size), Version: etagVersion(aws.ToString(o.ETag)),
			Modified: aws.ToTime(o.LastModified)})
	}
	if !aws.ToBool(out.IsTruncated) {
		return objects, "", nil
	}
	return objects, aws.ToString(out.NextContinuationToken), nil
}

func (s *s3store) stat(ctx context.Context, key string) (Object, error) {
	out, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.name, Key: &key})
	if err != nil {
		return Object{}, err
	}
	return Object{Path: key, Size: aws.ToInt64(out.ContentLength), Version: etagVersion(aws.ToString(out.ETag)), Modified: aws.ToTime(out.LastModified)}, nil
}

func (s *s3store) read(ctx context.Context, object Object, b []byte, offset int64) error {
	span := fmt.Sprintf("bytes=%d-%d", offset, offset+int64(len(b))-1)
	etag := etagOf(object.Version)
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.name, Key: &object.Path, Range: &span, IfMatch: &etag})
	if err != nil {
		return err
	}
	_, err = io.ReadFull(out.Body, b)
	_ = out.Body.Close() // all that counts has been read
	if err == nil && etagVersion(aws.ToString(out.ETag)) != object.Version {
		return errReplaced // by a store that does not look at conditions
	}
	return err
}

func (s *s3store) get(ctx context.Context, key string) (io.ReadCloser, Version, error) {
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.name, Key: &key})
	if err != nil {
		return nil, None, err
	}
	return out.Body, Version(etagVersion(aws.ToString(out.ETag))), nil
}

// crcText is the checksum of a request as S3 wants it.
func crcText(data []byte) *string {
	return aws.String(base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.Checksum(data, castagnoli))))
}

func (s *s3store) put(ctx context.Context, key string, data []byte, old Version) (Object, error) {
	in := &s3.PutObjectInput{Bucket: &s.name, Key: &key, Body: bytes.NewReader(data), ContentLength: aws.Int64(int64(len(data))), ChecksumCRC32C: crcText(data)}
	if old == None {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = aws.String(etagOf(string(old)))
	}
	out, err := s.client.PutObject(ctx, in)
	if err != nil {
		return Object{}, err
	}
	return Object{Size: int64(len(data)), Version: etagVersion(aws.ToString(out.ETag))}, nil
}

func (s *s3store) remove(ctx context.Context, key string) error {
	_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.name, Key: &key})
	return err
}

func (s *s3store) explain(err error) (Kind, string) {
	status, region := 0, ""
	if e, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		status = e.HTTPStatusCode()
		region = e.Response.Header.Get("X-Amz-Bucket-Region")
	}
	code, message := "", ""
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		code, message = e.ErrorCode(), e.ErrorMessage()
	}
	if status == 0 && code == "" {
		return kindOfNetwork(err), reason(err)
	}
	kind := kindOfStatus(status)
	switch code {
	case "NoSuchKey", "NotFound":
		return ErrNotFound, "there is no such object"
	case "NoSuchBucket":
		return ErrNotFound, "there is no such bucket"
	case "SlowDown", "RequestTimeout", "InternalError", "ConditionalRequestConflict", "OperationAborted", "RequestTimeTooSkewed", "Throttling", "ThrottlingException":
		kind = ErrUnavailable
	case "ExpiredToken", "InvalidAccessKeyId", "SignatureDoesNotMatch":
		kind = ErrPermission
	}
	if status == http.StatusMovedPermanently || code == "AuthorizationHeaderMalformed" && region != "" {
		return ErrInvalid, fmt.Sprintf("the bucket is in the region %s; set AWS_REGION=%s", region, region)
	}
	return kind, strings.TrimSpace(fmt.Sprintf("%d %s %s", status, code, message))
}

// s3Upload is a multipart upload. Only its completion makes an object, on the condition that there is none.
type s3Upload struct {
	*s3store
	ctx   context.Context
	key   string
	id    *string // nil before the first piece
	parts []types.CompletedPart
	size  int64
}

func (s *s3store) upload(ctx context.Context, key string) upload {
	return &s3Upload{s3store: s, ctx: ctx, key: key}
}

// ask tries a request again where the trouble passes.
func (u *s3Upload) ask(request func() error) error {
	return u.try(u.ctx, func() error {
		err := request()
		if err == nil || u.ctx.Err() != nil {
			return err
		}
		kind, text := u.explain(err)
		return &Error{Op: "write", Address: "s3://" + u.name + "/" + u.key, Kind: kind, Err: &cause{text, err}}
	})
}

// begin starts the upload; sum says which checksums its pieces will have.
func (u *s3Upload) begin(sum types.ChecksumAlgorithm) error {
	if u.id != nil {
		return nil
	}
	return u.ask(func() error {
		out, err := u.client.CreateMultipartUpload(u.ctx, &s3.CreateMultipartUploadInput{Bucket: &u.name, Key: &u.key, ChecksumAlgorithm: sum})
		if err == nil {
			u.id = out.UploadId
		}
		return err
	})
}

func (u *s3Upload) piece(data []byte) error {
	if err := u.begin(types.ChecksumAlgorithmCrc32c); err != nil {
		return err
	}
	number, sum := aws.Int32(int32(len(u.parts)+1)), crcText(data)
	return u.ask(func() error {
		out, err := u.client.UploadPart(u.ctx, &s3.UploadPartInput{Bucket: &u.name, Key: &u.key, UploadId: u.id, PartNumber: number,
			Body: bytes.NewReader(data), ContentLength: aws.Int64(int64(len(data))), ChecksumCRC32C: sum})
		if err == nil {
			u.parts = append(u.parts, types.CompletedPart{ETag: out.ETag, PartNumber: number, ChecksumCRC32C: out.ChecksumCRC32C})
			u.size += int64(len(data))
		}
		return err
	})
}

func (u *s3Upload) commit() (Object, bool, error) {
	unsure := false
	var object Object
	err := u.ask(func() error {
		out, err := u.client.CompleteMultipartUpload(u.ctx, &s3.CompleteMultipartUploadInput{Bucket: &u.name, Key: &u.key, UploadId: u.id,
			MultipartUpload: &types.CompletedMultipartUpload{Parts: u.parts}, IfNoneMatch: aws.String("*")})
		if err != nil {
			kind, _ := u.explain(err)
			unsure = unsure || kind == ErrUnavailable || kind == ErrOther
			return err
		}
		object = Object{Size: u.size, Version: etagVersion(aws.ToString(out.ETag))}
		return nil
	})
	return object, unsure, err
}

func (u *s3Upload) abandon() error {
	if u.id == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(u.ctx), u.stall())
	defer cancel()
	_, err := u.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &u.name, Key: &u.key, UploadId: u.id})
	if err == nil {
		return nil
	}
	if kind, _ := u.explain(err); kind == ErrNotFound { // it was completed, or abandoned before
		return nil
	}
	return err
}
