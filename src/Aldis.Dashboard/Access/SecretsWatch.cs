using Aldis.Transports.Randomness;
using Aldis.Transports.Reloading;

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
    private readonly WatchedFiles<AccessSecrets> _files;
    private AccessSecrets _secrets;
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
        _files = new WatchedFiles<AccessSecrets>(
            [Path.Combine(directory, SecretFiles.TokenName), Path.Combine(directory, SecretFiles.KeyName)], _ => LoadAgain(directory));
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

    private static AccessSecrets LoadAgain(string directory)
    {
        try
        {
            return SecretFiles.LoadOrCreate(directory);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new FormatException(exception.Message, exception);
        }
    }

    private void Renew()
    {
        FilesLook look = _files.Look(isAsked: false);
        if (look.IsTaken)
        {
            _secrets = _files.Current;
        }
        else if (look.Refusal is not null)
        {
            _secrets = MakeAgain();
        }
    }

    // What was taken away is made anew. Where it was spoilt, nobody comes in until there is one again.
    private AccessSecrets MakeAgain()
    {
        try
        {
            return LoadAgain(_directory);
        }
        catch (FormatException)
        {
            return new AccessSecrets(AccessSecrets.NewToken(), SystemRandom.GetBytes(AccessSecrets.SecretBytes));
        }
    }
}
