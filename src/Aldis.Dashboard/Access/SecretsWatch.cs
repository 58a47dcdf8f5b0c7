using System.Security.Cryptography;

namespace Aldis.Dashboard.Access;

/// <summary>
/// The secrets of a directory as they are now: a token that was replaced counts no longer, at most a second after. Thread-safe.
/// </summary>
internal sealed class SecretsWatch
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly string _directory;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private AccessSecrets _secrets;
    private (DateTime Written, long Length) _seen;
    private long _lookedAt;

    /// <summary>Reads the secrets, and makes what is missing.</summary>
    /// <param name="directory">Where they are kept.</param>
    /// <param name="time">The clock.</param>
    /// <inheritdoc cref="SecretFiles.LoadOrCreate" path="/exception"/>
    public SecretsWatch(string directory, TimeProvider time)
    {
        _directory = directory;
        _time = time;
        _secrets = SecretFiles.LoadOrCreate(directory);
        _seen = Look();
        _lookedAt = time.GetTimestamp();
    }

    /// <summary>The secrets that count.</summary>
    public AccessSecrets Current
    {
        get
        {
            lock (_lock)
            {
                if (_time.GetElapsedTime(_lookedAt) >= Period)
                {
                    _lookedAt = _time.GetTimestamp();
                    Renew();
                }

                return _secrets;
            }
        }
    }

    private void Renew()
    {
        (DateTime, long) seen = Look();
        if (seen == _seen)
        {
            return;
        }

        try
        {
            _secrets = SecretFiles.LoadOrCreate(_directory);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            // Somebody has taken the token away, or spoilt it: nobody comes in until there is one again.
            _secrets = new AccessSecrets(
                AccessSecrets.NewToken(), RandomNumberGenerator.GetBytes(AccessSecrets.SecretBytes));
        }

        _seen = Look();
    }

    private (DateTime Written, long Length) Look()
    {
        var file = new FileInfo(Path.Combine(_directory, SecretFiles.TokenName));
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
    }
}
