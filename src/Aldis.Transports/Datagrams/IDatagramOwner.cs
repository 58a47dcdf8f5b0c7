namespace Aldis.Transports.Datagrams;

/// <summary>Whoever gave a <see cref="DatagramDriver"/> its engine, and gives meaning to what the engine says beside datagrams.</summary>
internal interface IDatagramOwner
{
    /// <summary>Takes the next event of the engine and tells whom it concerns. Under the driver's lock.</summary>
    /// <returns>False if there is none.</returns>
    bool TryTell();

    /// <summary>Takes that a defect ended the driver: nothing of the engine is to be believed, or touched. Under the driver's lock,
    /// once.</summary>
    /// <param name="defect">What was thrown.</param>
    void OnDefect(Exception defect);

    /// <summary>Tells whoever looks after the process, when the lock was given back.</summary>
    /// <param name="defect">What was thrown.</param>
    void OnFault(Exception defect);
}
