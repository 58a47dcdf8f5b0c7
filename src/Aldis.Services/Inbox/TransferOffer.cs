using Aldis.Protocols.Files;

namespace Aldis.Services.Inbox;

/// <summary>A transfer as its source opened it: the whole manifest is here, its digest is right, and no name in it was looked at.</summary>
/// <param name="Client">The client's id, which may be made a folder.</param>
/// <param name="Opening">Its key, algorithm and policy; a <see cref="TransferOpening.IsVerify">verification</see> stores nothing.</param>
/// <param name="Entries">The entries, whose numbers are their places here.</param>
internal sealed record TransferOffer(string Client, TransferOpening Opening, IReadOnlyList<ManifestEntry> Entries);
