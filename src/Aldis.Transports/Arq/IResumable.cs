namespace Aldis.Transports.Arq;

/// <summary>A wait of a connection's code that is over, ready to go on where its driver decides: on the loop's thread or on the
/// thread pool.</summary>
internal interface IResumable : IThreadPoolWorkItem
{
    /// <summary>Goes on. Called once for each wait, outside the driver's lock.</summary>
    void Resume();

    void IThreadPoolWorkItem.Execute() => Resume();
}
