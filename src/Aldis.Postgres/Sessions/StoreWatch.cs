namespace Aldis.Postgres.Sessions;

/// <summary>Remembers whether the database takes messages, and tells of it when that changes. Thread-safe.</summary>
/// <param name="told">Told of each change; it must return at once and not throw.</param>
internal sealed class StoreWatch(Action<StoreNews> told)
{
    private readonly Lock _lock = new();
    private StoreNews _last = new(IsReady: false, "the database has not answered yet");

    /// <summary>Why nothing can be stored for now; null while it can.</summary>
    public string? Problem
    {
        get
        {
            lock (_lock)
            {
                return _last.IsReady ? null : _last.Sentence;
            }
        }
    }

    /// <summary>A node was found that takes messages.</summary>
    public void Ready(string host) => Tell(new StoreNews(IsReady: true, $"messages are written to {host}"));

    /// <summary>Nothing can be stored.</summary>
    /// <param name="problem">Why, without its full stop.</param>
    public void Unavailable(string problem) => Tell(new StoreNews(IsReady: false, problem));

    private void Tell(StoreNews news)
    {
        lock (_lock)
        {
            if (news != _last)
            {
                _last = news;
                told(news);
            }
        }
    }
}
