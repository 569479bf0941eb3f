package storage

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// azure is a container of Azure Blob Storage. Versions are ETags, which change with every write.
type azure struct {
	container *container.Client
	name      string
	*patience
}

func azureVersion(etag *azcore.ETag) string {
	if etag == nil {
		return ""
	}
	return etagVersion(string(*etag))
}

// matching is the condition that a blob stands at a version; None: that there is no blob.
func matching(version string) *blob.AccessConditions {
	conditions := &blob.ModifiedAccessConditions{}
	if version == "" {
		conditions.IfNoneMatch = to.Ptr(azcore.ETagAny)
	} else {
		conditions.IfMatch = to.Ptr(azcore.ETag(etagOf(version)))
	}
	return &blob.AccessConditions{ModifiedAccessConditions: conditions}
}

func md5Text(sum []byte) string {
	if len(sum) == 0 {
		return ""
	}
	return "md5:" + hex.EncodeToString(sum)
}

func (a *azure) list(ctx context.Context, prefix string, deep bool, page string) ([]Object, string, error) {
	var marker *string
	if page != "" {
		marker = &page
	}
	include := container.ListBlobsInclude{Metadata: true} // which tells folders of accounts that have real ones
	var items []*container.BlobItem
	var next *string
	if deep {
		pager := a.container.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: &prefix, Marker: marker, Include: include})
		out, err := pager.NextPage(ctx)
		if err != nil {
			return nil, "", err
		}
		items, next = out.Segment.BlobItems, out.NextMarker
	} else {
		pager := a.container.NewListBlobsHierarchyPager("/", &container.ListBlobsHierarchyOptions{Prefix: &prefix, Marker: marker, Include: include})
		out, err := pager.NextPage(ctx)
		if err != nil {
			return nil, "", err
		}
		items, next = out.Segment.BlobItems, out.NextMarker
	}
	var objects []Object
	for _, item := range items {
		if item.Name == nil || item.Properties == nil || isAzureFolder(item.Metadata) {
			continue
		}
		p := item.Properties
		objects = append(objects, Object{Path: *item.Name, Size: deref(p.ContentLength), Version: azureVersion(p.ETag), Modified: deref(p.LastModified), Checksum: md5Text(p.ContentMD5)})
	}
	return objects, deref(next), nil
}

func isAzureFolder(metadata map[string]*string) bool {
	for k, v := range metadata {
		if strings.EqualFold(k, "hdi_isfolder") && strings.EqualFold(deref(v), "true") {
			return true
		}
	}
	return false
}

func deref[T any](p *T) T {
	if p == nil {
		var none T
		return none
	}
	return *p
}

func (a *azure) stat(ctx context.Context, key string) (Object, error) {
	out, err := a.container.NewBlobClient(key).GetProperties(ctx, nil)
	if err != nil {
		return Object{}, err
	}
	if isAzureFolder(out.Metadata) {
		return Object{}, &azcore.ResponseError{StatusCode: http.StatusNotFound, ErrorCode: string(bloberror.BlobNotFound)}
	}
	return Object{Path: key, Size: deref(out.ContentLength), Version: azureVersion(out.ETag), Modified: deref(out.LastModified), Checksum: md5Text(out.ContentMD5)}, nil
}

func (a *azure) read(ctx context.Context, object Object, b []byte, offset int64) error {
	out, err := a.container.NewBlobClient(object.Path).DownloadStream(ctx, &blob.DownloadStreamOptions{
		Range: blob.HTTPRange{Offset: offset, Count: int64(len(b))}, AccessConditions: matching(object.Version)})
	if err != nil {
		return err
	}
	_, err = io.ReadFull(out.Body, b)
	_ = out.Body.Close() // all that counts has been read
	if err == nil && azureVersion(out.ETag) != object.Version {
		return errReplaced
	}
	return err
}

func (a *azure) get(ctx context.Context, key string) (io.ReadCloser, Version, error) {
	out, err := a.container.NewBlobClient(key).DownloadStream(ctx, nil)
	if err != nil {
		return nil, None, err
	}
	return out.Body, Version(azureVersion(out.ETag)), nil
}

func (a *azure) put(ctx context.Context, key string, data []byte, old Version) (Object, error) {
	sum := md5.Sum(data)
	out, err := a.container.NewBlockBlobClient(key).Upload(ctx, body(data), &blockblob.UploadOptions{AccessConditions: matching(string(old)),
		HTTPHeaders: &blob.HTTPHeaders{BlobContentMD5: sum[:]}, TransactionalValidation: blob.TransferValidationTypeMD5(sum[:])})
	if err != nil {
		return Object{}, err
	}
	return Object{Size: int64(len(data)), Version: azureVersion(out.ETag), Modified: deref(out.LastModified), Checksum: md5Text(sum[:])}, nil
}

func body(data []byte) io.ReadSeekCloser { return streaming.NopCloser(bytes.NewReader(data)) }

// copy is at once within an account; where it is not, it is waited for.
func (a *azure) copy(ctx context.Context, from Object, key string) (bool, error) {
	target := a.container.NewBlobClient(key)
	started, err := target.StartCopyFromURL(ctx, a.container.NewBlobClient(from.Path).URL(), &blob.StartCopyFromURLOptions{
		AccessConditions:               matching(""),
		SourceModifiedAccessConditions: &blob.SourceModifiedAccessConditions{SourceIfMatch: to.Ptr(azcore.ETag(etagOf(from.Version)))},
	})
	if err != nil {
		return false, err
	}
	for status := deref(started.CopyStatus); status != blob.CopyStatusTypeSuccess; {
		if status != blob.CopyStatusTypePending {
			return true, fmt.Errorf("the copy ended as %s", status)
		}
		select {
		case <-ctx.Done():
			return true, ctx.Err()
		case <-time.After(firstPause):
		}
		now, err := target.GetProperties(ctx, nil)
		if err != nil {
			return true, err
		}
		status = deref(now.CopyStatus)
	}
	return false, nil
}

func (a *azure) remove(ctx context.Context, key string) error {
	_, err := a.container.NewBlobClient(key).Delete(ctx, nil)
	return err
}

func (a *azure) explain(err error) (Kind, string) {
	if e, ok := errors.AsType[*azcore.ResponseError](err); ok {
		kind := kindOfStatus(e.StatusCode)
		switch bloberror.Code(e.ErrorCode) {
		case bloberror.BlobAlreadyExists, bloberror.ConditionNotMet, bloberror.TargetConditionNotMet:
			kind = ErrPrecondition
		case bloberror.SourceConditionNotMet:
			kind = ErrChanged
		case bloberror.BlobNotFound:
			return ErrNotFound, "there is no such blob"
		case bloberror.ContainerNotFound:
			return ErrNotFound, "there is no such container"
		case bloberror.LeaseIDMissing, bloberror.SnapshotsPresent, bloberror.BlobImmutableDueToPolicy:
			kind = ErrPermission
		}
		// The error's own text shows the whole request and the whole answer.
		return kind, strings.TrimSpace(fmt.Sprintf("%d %s", e.StatusCode, e.ErrorCode))
	}
	if _, ok := errors.AsType[interface {
		error
		NonRetriable()
	}](err); ok {
		return ErrPermission, "no Azure credentials; set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, or sign in with az login"
	}
	return kindOfNetwork(err), reason(err)
}

// azureUpload is a list of blocks. Blocks of others under the same name have other identifiers.
type azureUpload struct {
	*azure
	ctx   context.Context
	key   string
	nonce string
	ids   []string
	sum   interface {
		io.Writer
		Sum([]byte) []byte
	}
	size int64
}

func (a *azure) upload(ctx context.Context, key string) upload {
	return &azureUpload{azure: a, ctx: ctx, key: key, nonce: rand.Text()[:16], sum: md5.New()}
}

func (u *azureUpload) ask(request func() error) error {
	return u.try(u.ctx, func() error {
		err := request()
		if err == nil || u.ctx.Err() != nil {
			return err
		}
		kind, text := u.explain(err)
		return &Error{Op: "write", Address: "az://" + u.name + "/" + u.key, Kind: kind, Err: &cause{text, err}}
	})
}

func (u *azureUpload) piece(data []byte) error {
	_, _ = u.sum.Write(data) // never fails
	u.size += int64(len(data))
	id := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s%08d", u.nonce, len(u.ids)))
	sum := md5.Sum(data)
	err := u.ask(func() error {
		_, err := u.container.NewBlockBlobClient(u.key).StageBlock(u.ctx, id, body(data), &blockblob.StageBlockOptions{TransactionalValidation: blob.TransferValidationTypeMD5(sum[:])})
		return err
	})
	u.ids = append(u.ids, id)
	return err
}

func (u *azureUpload) commit() (Object, bool, error) {
	unsure := false
	sum := u.sum.Sum(nil)
	object := Object{Size: u.size, Checksum: md5Text(sum)}
	err := u.ask(func() error {
		out, err := u.container.NewBlockBlobClient(u.key).CommitBlockList(u.ctx, u.ids, &blockblob.CommitBlockListOptions{
			AccessConditions: matching(""), HTTPHeaders: &blob.HTTPHeaders{BlobContentMD5: sum}})
		if err != nil {
			kind, _ := u.explain(err)
			unsure = unsure || kind == ErrUnavailable || kind == ErrOther
			return err
		}
		object.Version, object.Modified = azureVersion(out.ETag), deref(out.LastModified)
		return nil
	})
	if bloberror.HasCode(err, bloberror.InvalidBlockList) {
		// Whoever commits under a name throws away the blocks that others have brought up for it.
		if _, statErr := u.stat(u.ctx, u.key); statErr == nil {
			err = &Error{Op: "write", Address: "az://" + u.name + "/" + u.key, Kind: ErrPrecondition, Err: err}
		}
	}
	return object, unsure, err
}

// abandon leaves the blocks to the service, which forgets them within a week.
func (u *azureUpload) abandon() error { return nil }
