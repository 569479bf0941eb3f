package servers

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

// The keys of the S3 server, which are no secrets.
const (
	s3Access = "leadscore-access"
	s3Secret = "leadscore-secret-key"
)

// The variables by which a test binary knows that it is to be an S3 server: the server changes the working directory of its
// process, and so needs one of its own.
const (
	s3AddressVariable = "LEADSCORE_TEST_S3_ADDRESS"
	s3FolderVariable  = "LEADSCORE_TEST_S3_FOLDER"
)

func init() {
	if address := os.Getenv(s3AddressVariable); address != "" {
		err := serveS3(address, os.Getenv(s3FolderVariable))
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serveS3(address, folder string) error {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with the test
		cancel()
		os.Exit(0)
	}()
	backend, err := posix.New(folder, meta.XattrMeta{}, posix.PosixOpts{CopyObjectThreshold: 5 << 30})
	if err != nil {
		return err
	}
	return embedgw.RunVersityGW(ctx, backend, &embedgw.Config{
		RootUserAccess: s3Access, RootUserSecret: s3Secret, Ports: []string{address}, MaxConnections: 1000, MaxRequests: 1000, MultipartMaxParts: 10_000,
		Quiet: true, KeepAlive: true, DisableACLs: true,
	})
}

// S3 starts versitygw, points the environment at it, and gives the address of a bucket.
func S3(t testing.TB, between ...Between) string {
	t.Helper()
	address, folder := freePort(t), t.TempDir()
	if err := (meta.XattrMeta{}).Test(folder); err != nil {
		const why = "the S3 server needs a temporary folder with extended attributes: set TMPDIR to one"
		if os.Getenv("CI") == "true" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	cmd := exec.Command(self(t))
	cmd.Env = append(os.Environ(), s3AddressVariable+"="+address, s3FolderVariable+"="+folder)
	start(t, address, cmd)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_S3": "http://" + before(t, address, between), "AWS_ACCESS_KEY_ID": s3Access, "AWS_SECRET_ACCESS_KEY": s3Secret, "AWS_REGION": "us-east-1",
		"AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		t.Setenv(name, value)
	}
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	name := bucketName()
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.BaseEndpoint, o.UsePathStyle = aws.String("http://"+address), true
	})
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatal(err)
	}
	return "s3://" + name
}
