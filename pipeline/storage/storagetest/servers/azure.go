package servers

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// azureKey is the key of the account that every Azurite has.
const azureKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

const howToGetAzurite = "there is no Azurite: put azurite-blob on the PATH, or npm install --prefix FOLDER azurite and set LEADSCORE_AZURITE=FOLDER"

// Azure starts Azurite, points the environment at it, and gives the address of a container. Without Azurite the test is skipped.
func Azure(t testing.TB, between ...Between) string {
	t.Helper()
	binary := findAzurite(t)
	address := freePort(t)
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	start(t, address, exec.Command(binary, "--blobHost", host, "--blobPort", port, "--location", t.TempDir(), "--silent", "--skipApiVersionCheck", "--disableTelemetry"))
	t.Setenv("AZURE_STORAGE_CONNECTION_STRING", fmt.Sprintf("DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"+
		"AccountKey=%s;BlobEndpoint=http://%s/devstoreaccount1;", azureKey, before(t, address, between)))
	name := bucketName()
	client, err := container.NewClientFromConnectionString(os.Getenv("AZURE_STORAGE_CONNECTION_STRING"), name, nil)
	if err == nil {
		_, err = client.Create(t.Context(), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return "az://" + name
}

// findAzurite looks where LEADSCORE_AZURITE points, else on the PATH.
func findAzurite(t testing.TB) string {
	t.Helper()
	if folder := os.Getenv("LEADSCORE_AZURITE"); folder != "" {
		binary := filepath.Join(folder, "node_modules", ".bin", "azurite-blob")
		if _, err := os.Stat(binary); err != nil {
			t.Fatalf("LEADSCORE_AZURITE: %v", err)
		}
		return binary
	}
	binary, err := exec.LookPath("azurite-blob")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(howToGetAzurite)
		}
		t.Skip(howToGetAzurite)
	}
	return binary
}
