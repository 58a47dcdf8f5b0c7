namespace Aldis.Services.Hosting;

/// <summary>What a connection receives now: one file in the plain form, a transfer of many in the native one.</summary>
/// <param name="Name">The file that came last, as its sender names it; null before the first.</param>
/// <param name="Size">Bytes it will have; -1 where its sender does not know.</param>
/// <param name="Received">Bytes of it that are here, those of earlier attempts included.</param>
/// <param name="Files">Files of the transfer.</param>
/// <param name="Settled">Files of it that are stored, were there before, or are not taken.</param>
/// <param name="TotalBytes">Bytes of all its files; -1 where the size of one is not known.</param>
/// <param name="DoneBytes">Bytes of its files that are settled or here.</param>
internal sealed record FileIntake(string? Name, long Size, long Received, int Files, int Settled, long TotalBytes, long DoneBytes);
