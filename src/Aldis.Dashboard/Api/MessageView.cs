namespace Aldis.Dashboard.Api;

/// <summary>A message of the journal as the API shows it.</summary>
/// <param name="Place">Where it is in the journal: a page before it is asked for by this.</param>
/// <param name="Client">The client's id; empty in the plain form.</param>
/// <param name="Seq">The client's number of it.</param>
/// <param name="ReceivedAt">When it was received.</param>
/// <param name="From">The sender's address.</param>
/// <param name="Length">Bytes of its payload.</param>
/// <param name="Payload">The payload in base64 (RFC 4648 section 4), or the beginning of it; null where it was not asked for.</param>
internal sealed record MessageView(
    string Place, string Client, long Seq, DateTimeOffset ReceivedAt, string From, int Length, string? Payload);
