using System.Globalization;

namespace Aldis.Journal.Embedded;

/// <summary>A client that was to be forgotten by name cannot be; nothing was changed.</summary>
internal sealed class ClientKeptException : InvalidOperationException
{
    internal ClientKeptException(string id, ClientSummary? client)
        : base(client is null
            ? $"the journal knows no client '{id}': nobody was forgotten."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"client '{id}' has {client.Messages} messages left in the journal, and can be forgotten when retention has deleted them: "
                    + $"nobody was forgotten."))
    {
    }
}
