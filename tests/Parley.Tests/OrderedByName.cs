using Parley.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(OrderedByName))]
[assembly: TestClassOrderer(typeof(OrderedByName))]
[assembly: TestMethodOrderer(typeof(OrderedByName))]
[assembly: TestCaseOrderer(typeof(OrderedByName))]

namespace Parley.Tests;

/// <summary>The same order wherever the tests are: xunit's own goes by hashes of the assembly's path, so that what
/// shares a cluster would run in another order on each machine.</summary>
internal sealed class OrderedByName
    : ITestCollectionOrderer, ITestClassOrderer, ITestMethodOrderer, ITestCaseOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        Ordered(testCollections, collection => collection.TestCollectionDisplayName);

    public IReadOnlyCollection<TTestClass?> OrderTestClasses<TTestClass>(
        IReadOnlyCollection<TTestClass?> testClasses)
        where TTestClass : notnull, ITestClass =>
        Ordered(testClasses, one => one?.TestClassName);

    public IReadOnlyCollection<TTestMethod?> OrderTestMethods<TTestMethod>(
        IReadOnlyCollection<TTestMethod?> testMethods)
        where TTestMethod : notnull, ITestMethod =>
        Ordered(testMethods, one => one?.MethodName);

    public IReadOnlyCollection<TTestCase> OrderTestCases<TTestCase>(IReadOnlyCollection<TTestCase> testCases)
        where TTestCase : notnull, ITestCase =>
        Ordered(testCases, one => one.TestCaseDisplayName);

    private static List<T> Ordered<T>(IReadOnlyCollection<T> items, Func<T, string?> name) =>
        [.. items.OrderBy(name, StringComparer.Ordinal)];
}
