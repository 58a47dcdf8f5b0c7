namespace Aldis.Services.Files;

/// <summary>The other side of a transfer broke the rules, or the line between changed what it said.</summary>
internal sealed class BrokenTransferException() : IOException("the transfer does not keep to the rules, or was changed on the way");
