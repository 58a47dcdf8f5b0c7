namespace Aldis.Services.Files;

/// <summary>
/// Bounds the memory of all manifests that are open at once, whoever sends them: counted as they arrive, never as they are declared. Thread-safe.
/// </summary>
/// <param name="mostBytes">Bytes in all.</param>
internal sealed class ManifestQuota(long mostBytes)
{
    private long _used;

    /// <summary>Takes memory.</summary>
    /// <param name="bytes">How much.</param>
    /// <returns>False where there is not as much; then nothing was taken.</returns>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= mostBytes)
        {
            return true;
        }

        Return(bytes);
        return false;
    }

    /// <summary>Gives memory back.</summary>
    /// <param name="bytes">How much.</param>
    public void Return(long bytes) => Interlocked.Add(ref _used, -bytes);
}
