package storage

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// emulator is the account that Azurite has for everyone, of which "UseDevelopmentStorage=true" is short.
const emulator = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;" +
	"AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;" +
	"BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;"

// openAzure signs in by AZURE_STORAGE_CONNECTION_STRING; else to AZURE_STORAGE_ACCOUNT by AZURE_STORAGE_KEY or
// AZURE_STORAGE_SAS_TOKEN; else by the default chain of credentials: environment, workload or managed identity, az login.
func openAzure(name string, p *patience) (bucket, error) {
	options := &container.ClientOptions{ClientOptions: azcore.ClientOptions{
		Transport: &http.Client{Transport: letGo{newTransport(p.stall())}},
		Retry:     policy.RetryOptions{MaxRetries: -1}, // patience does it
	}}
	client, err := azureContainer(name, options)
	if err != nil {
		return nil, &Error{Op: "sign in", Address: "az://" + name, Kind: ErrPermission, Err: err}
	}
	return &azure{container: client, name: name, patience: p}, nil
}

// azureContainer makes the client. Its errors name variables, never what is in them.
func azureContainer(name string, options *container.ClientOptions) (*container.Client, error) {
	if text := os.Getenv("AZURE_STORAGE_CONNECTION_STRING"); text != "" {
		if strings.Contains(text, "UseDevelopmentStorage=true") {
			text = emulator
		}
		client, err := container.NewClientFromConnectionString(text, name, options)
		if err != nil {
			return nil, &cause{"AZURE_STORAGE_CONNECTION_STRING is no connection string of a storage account", err}
		}
		return client, nil
	}
	account := os.Getenv("AZURE_STORAGE_ACCOUNT")
	if account == "" {
		return nil, fmt.Errorf("the account is not known; set AZURE_STORAGE_ACCOUNT or AZURE_STORAGE_CONNECTION_STRING")
	}
	address := strings.TrimSuffix(cmp.Or(os.Getenv("AZURE_STORAGE_BLOB_ENDPOINT"), "https://"+account+".blob.core.windows.net"), "/") + "/" + name
	if key := cmp.Or(os.Getenv("AZURE_STORAGE_KEY"), os.Getenv("AZURE_STORAGE_ACCOUNT_KEY")); key != "" {
		credential, err := container.NewSharedKeyCredential(account, key)
		if err != nil {
			return nil, &cause{"AZURE_STORAGE_KEY is no key of a storage account", err}
		}
		return container.NewClientWithSharedKeyCredential(address, credential, options)
	}
	if token := os.Getenv("AZURE_STORAGE_SAS_TOKEN"); token != "" {
		return container.NewClientWithNoCredential(address+"?"+strings.TrimPrefix(token, "?"), options)
	}
	credential, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil {
		return nil, &cause{"no Azure credentials; set AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, or sign in with az login", err}
	}
	return container.NewClient(address, credential, options)
}
