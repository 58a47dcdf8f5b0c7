namespace Aldis.Transports.Datagrams;

/// <summary>A wait for an engine that is over, ready to go on where its driver decides: on the loop's thread or on the
/// thread pool.</summary>
internal interface IResumable : IThreadPoolWorkItem
{
    /// <summary>Goes on. Called once for each wait, outside the driver's lock.</summary>
    void Resume();

    /// <summary>Whether it waited for what a peer sends: who answers a word at once gets the next one soon.</summary>
    bool IsRead { get; }

    void IThreadPoolWorkItem.Execute() => Resume();
}
